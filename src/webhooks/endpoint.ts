import { promisify } from 'node:util';
import { type Path, Refusal } from '../core/refusal.ts';
import { type AddressPolicy, guardedLookup, literalOf, mayReach } from './address.ts';

const MAX_LENGTH = 2_048;
const PATH: Path = ['input', 'url'];

/**
 * Refuses a URL that notices would not be posted to. Each delivery looks again: what a name means changes.
 *
 * @throws Refusal INVALID_INPUT, with the path input.url
 */
export async function checkEndpoint(text: string, policy: AddressPolicy): Promise<void> {
  const refuse = (message: string) => new Refusal('INVALID_INPUT', message, PATH);
  if (text.length > MAX_LENGTH) throw refuse(`The URL is longer than ${MAX_LENGTH} characters: shorten it.`);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw refuse('This is no web address: give one that begins with https://.');
  if (url.protocol === 'http:' && !policy.allowsPrivate)
    throw refuse('Notices are posted over https only: give a URL that begins with https://.');
  if (url.username !== '' || url.password !== '')
    throw refuse('The URL has a user or a password in it: leave them out, deliveries are signed.');
  const literal = literalOf(url);
  if (literal !== null) {
    if (!mayReach(literal, policy)) throw refuse(FORBIDDEN);
    return;
  }
  try {
    await promisify(guardedLookup(policy))(url.hostname, { all: true });
  } catch (error) {
    throw refuse(
      (error as { code?: string }).code === 'FORBIDDEN_ADDRESS'
        ? FORBIDDEN
        : 'The name of the URL has no address now: mend it, or try again once it has one.',
    );
  }
}

const FORBIDDEN =
  'The URL leads to an address that webhooks do not reach, such as one of a private network: give one of the public internet.';
