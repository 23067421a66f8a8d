import { Agent, request } from 'node:http';
import { expect, it } from 'vitest';
import { guardedLookup, literalOf, mayReach } from '../../src/webhooks/address.ts';
import { checkEndpoint } from '../../src/webhooks/endpoint.ts';
import { Poster } from '../../src/webhooks/post.ts';
import { Receiver } from '../support/receiver.ts';

/** Where webhooks may lead (I204). */

const strict = { allowsPrivate: false };
const open = { allowsPrivate: true };

it.each([
  ...['8.8.8.8', '172.32.0.1', '100.128.0.1', '169.253.1.1', '2606:4700::1111', '2a00:1450::1'].map(
    (address) => [address, true, true],
  ),
  ...[
    '127.0.0.1',
    '127.9.9.9',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '::1',
    'fd12::1',
  ].map((address) => [address, false, true]),
  ...['::ffff:127.0.0.1', '::ffff:10.0.0.1'].map((address) => [address, false, true]),
  ...[
    ...[
      '0.0.0.0',
      '169.254.169.254',
      '100.100.100.200',
      '192.0.0.192',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
    ],
    ...[
      '::',
      'fe80::1',
      'fe80::1%eth0',
      'fd00:ec2::254',
      'fd20:ce::254',
      'ff02::1',
      '2002:7f00:1::',
      '2001:db8::1',
    ],
    ...['64:ff9b::7f00:1', '::ffff:169.254.169.254', '::7f00:1', '2001::1', 'example.com', ''],
  ].map((address) => [address, false, false]),
] as [string, boolean, boolean][])(
  '%s is reached: %s, and where private addresses are allowed: %s',
  (address, one, other) => {
    expect(mayReach(address, strict)).toBe(one);
    expect(mayReach(address, open)).toBe(other);
  },
);

it.each([
  ['http://8.8.8.8/', 'Notices are posted over https only'],
  ['https://user:password@8.8.8.8/', 'a user or a password'],
  ['ftp://8.8.8.8/', 'no web address'],
  ['not a url', 'no web address'],
  [`https://8.8.8.8/${'x'.repeat(2_048)}`, 'longer than'],
  ...[
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '169.254.169.254',
    'localhost',
  ].map((host) =>
    [`https://${host}/`, 'does not reach'].map((text) => text.replace('does not reach', 'do not reach')),
  ),
  ['https://no-such-name.invalid/', 'has no address now'],
] as [string, string][])('%s is refused', async (url, why) => {
  await expect(checkEndpoint(url, strict)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    path: ['input', 'url'],
    message: expect.stringContaining(why),
  });
});

it('takes an address of the public internet, and a private one where that is allowed', async () => {
  await checkEndpoint('https://8.8.8.8/notices', strict);
  await checkEndpoint('http://localhost:8080/notices', open);
});

it('looks again at each delivery, whatever was allowed when it was made', async () => {
  const receiver = await Receiver.start();
  const https = `https://127.0.0.1:${receiver.port}/`;
  for (const url of [https, https.replace('127.0.0.1', 'localhost')]) {
    const poster = new Poster(strict);
    expect(await poster.post(url, {}, '{}')).toMatchObject({
      outcome: 'failed',
      problem: 'The URL leads to an address that webhooks do not reach.',
    });
    poster.close();
  }
  const poster = new Poster(strict);
  expect((await poster.post(receiver.url, {}, '{}')).problem).toBe('Notices are posted over https only.');
  poster.close();
  expect(receiver.deliveries).toEqual([]);
  await receiver.close();
});

it('connects to the very address that was looked at', async () => {
  const receiver = await Receiver.start();
  const seen: string[] = [];
  const agent = new Agent({ lookup: guardedLookup(open) });
  await new Promise<void>((done, fail) => {
    request({ host: 'localhost', port: receiver.port, method: 'POST', agent }, (response) => {
      seen.push(response.socket.remoteAddress!);
      response.resume().on('end', done);
    })
      .on('error', fail)
      .end('{}');
  });
  expect(['127.0.0.1', '::1']).toContain(seen[0]);
  // One forbidden address among a name's is enough: which one is connected to is not left to chance.
  const answered = await new Promise((resolve) =>
    guardedLookup(strict)('localhost', { all: true }, (error) => resolve(error)),
  );
  expect(answered).toMatchObject({ code: 'FORBIDDEN_ADDRESS' });
  agent.destroy();
  await receiver.close();
});

it('reads an address out of a URL as the network would', () => {
  expect(literalOf(new URL('https://0x7f.1/'))).toBe('127.0.0.1');
  expect(literalOf(new URL('https://[::1]:8/'))).toBe('::1');
  expect(literalOf(new URL('https://example.com/'))).toBeNull();
});
