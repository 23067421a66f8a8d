import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Certificates of an authority of the test's own (RFC 5280), written by hand: Node reads them and makes none. */

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
};
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Uint8Array) => der(0x04, content);
const TRUE = der(0x01, Buffer.from([0xff]));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');
const SUBJECT_ALT_NAME = oid('551d11');
const DAY_MS = 86_400_000;

const nameOf = (common: string) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(common)))));
const timeOf = (ms: number) =>
  der(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')}`));

export interface Certified {
  /** Both as PEM. */
  readonly cert: string;
  readonly key: string;
}

interface Wanted {
  readonly name: string;
  readonly issuer: string;
  readonly signer?: KeyObject;
  readonly extensions: Buffer;
}

function certify({
  name,
  issuer,
  signer,
  extensions,
}: Wanted): Certified & { readonly privateKey: KeyObject } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = Date.now();
  const certificate = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nameOf(issuer),
    sequence(timeOf(now - DAY_MS), timeOf(now + DAY_MS)),
    nameOf(name),
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extensions)),
  );
  const signature = sign('sha256', certificate, signer ?? privateKey);
  const whole = sequence(certificate, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g)!;
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    privateKey,
  };
}

export interface Authority {
  /** What has to be trusted, as PEM. */
  readonly cert: string;
  /** A certificate for a server of these names, or of these IPv4 addresses. */
  issue(of: { readonly names?: readonly string[]; readonly addresses?: readonly string[] }): Certified;
}

export function makeAuthority(name = 'Authority of a test'): Authority {
  const extensions = sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE)));
  const { cert, privateKey } = certify({ name, issuer: name, extensions });
  return {
    cert,
    issue({ names = [], addresses = [] }) {
      const all = [
        ...names.map((each) => der(0x82, Buffer.from(each))),
        ...addresses.map((each) => der(0x87, Buffer.from(each.split('.').map(Number)))),
      ];
      const alternatives = sequence(SUBJECT_ALT_NAME, octets(sequence(...all)));
      return certify({ name: 'a receiver', issuer: name, signer: privateKey, extensions: alternatives });
    },
  };
}
