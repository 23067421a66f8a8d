/** Where a reader keeps how far it got. Where you can, keep the cursor in the transaction that keeps the notice's effect, and pass it as `after` instead. */
export interface CursorStore {
  /** What was saved last; null before the first. */
  load(): Promise<string | null> | string | null;
  /** Called once a notice was handled, which is when the next one is asked for. A text of a few kilobytes at most: that of the notice, and more. */
  save(cursor: string): Promise<void> | void;
}

/** Where idempotency keys are kept, by the name of what they are for. */
export interface KeyStore {
  load(name: string): Promise<string | null> | string | null;
  save(name: string, key: string): Promise<void> | void;
  delete(name: string): Promise<void> | void;
}

/** Forgets when the process ends. */
export function memoryKeys(): KeyStore {
  const keys = new Map<string, string>();
  return {
    load: (name) => keys.get(name) ?? null,
    save: (name, key) => void keys.set(name, key),
    delete: (name) => void keys.delete(name),
  };
}

/** What the browser's localStorage and sessionStorage have. */
export interface WebStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

/** In the browser, under a name: `webStore(localStorage, 'haircuts of usd-perps')`. */
export const webStore = (storage: WebStorage, name: string): CursorStore => ({
  load: () => storage.getItem(name),
  save: (cursor) => storage.setItem(name, cursor),
});

/** Keys in the browser, each under its name behind a prefix. */
export const webKeys = (storage: WebStorage, prefix = 'shearwater key '): KeyStore => ({
  load: (name) => storage.getItem(prefix + name),
  save: (name, key) => storage.setItem(prefix + name, key),
  delete: (name) => storage.removeItem(prefix + name),
});
