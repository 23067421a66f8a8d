import type { KeyStore } from './stores.ts';

/** 128 bits of chance. crypto.randomUUID is missing in pages that did not come over HTTPS. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Sends something under a key that was kept before: whoever crashes in between, and calls again under that name, sends the same key. */
export async function once<T>(
  keys: KeyStore,
  name: string,
  send: (idempotencyKey: string) => Promise<T>,
): Promise<T> {
  const kept = await keys.load(name);
  if (kept !== null) return send(kept);
  const key = newKey();
  await keys.save(name, key);
  return send(key);
}
