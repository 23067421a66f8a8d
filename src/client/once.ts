import type { KeyStore } from './stores.ts';

/** 128 bits of chance. crypto.randomUUID is missing in pages that did not come over HTTPS. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Idempotency keys by the name of what they are for. */
export class Keys {
  readonly #store: KeyStore;
  /** Of names that are asked for at this moment: two calls at once under one name are the same call, and send the same key. */
  readonly #asked = new Map<string, Promise<string>>();

  constructor(store: KeyStore) {
    this.#store = store;
  }

  /** The key that was kept under that name, or a new one that is kept now: whoever crashes after this, and asks again, gets the same. */
  of(name: string): Promise<string> {
    let key = this.#asked.get(name);
    if (!key) {
      key = this.#loadOrMake(name).finally(() => this.#asked.delete(name));
      this.#asked.set(name, key);
    }
    return key;
  }

  async forget(name: string): Promise<void> {
    await this.#store.delete(name);
  }

  async #loadOrMake(name: string): Promise<string> {
    const kept = await this.#store.load(name);
    if (kept !== null) return kept;
    const key = newKey();
    await this.#store.save(name, key);
    return key;
  }
}
