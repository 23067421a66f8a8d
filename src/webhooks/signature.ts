import { createHmac } from 'node:crypto';

/** Signatures by the Standard Webhooks specification 1.0 (standardwebhooks.com): HMAC-SHA256 over id, time and body. */

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function newSecret(random: (bytes: number) => Uint8Array): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64');
}

export interface Message {
  readonly id: string;
  /** Seconds since the epoch, of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers of a delivery: signed with each secret that is good, so that a receiver may hold any of them. */
export function signedHeaders(
  { id, timestamp, body }: Message,
  secrets: readonly string[],
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
