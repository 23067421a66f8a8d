/** Where a reader stands, as a text: in a notice's `cursor`, in `after`, and in a store. */
export interface Place {
  /** As the server takes it: the cursor of a notice, or a number; null for the beginning of what is told. */
  readonly after: string | null;
  /** All up to this number was read; null while that is not known. */
  readonly floor: bigint | null;
  /** Of chains, such as accounts, the number of the last notice that was read, the one heard last at the end. */
  readonly heads: readonly (readonly [chain: string, number: string])[];
}

/** With the number that a cursor stands at, a gap right after it is seen too; with the heads, one of any of those chains that is older. */
const KNOWN = /^(\d{1,18})@([^#]+)(?:#(.*))?$/s;

export function placeOf(text: string | null): Place {
  if (text === null) return { after: null, floor: null, heads: [] };
  const [, number, after, heads] = KNOWN.exec(text) ?? [];
  if (number !== undefined) return { after: after!, floor: BigInt(number), heads: headsOf(heads) };
  return { after: text, floor: /^\d{1,18}$/.test(text) ? BigInt(text) : null, heads: [] };
}

export const cursorAt = (number: string, cursor: string): string => `${number}@${cursor}`;

/** A cursor with the heads, for a store. A list and no object, whose keys that are numbers would change their places. */
export const withHeads = (cursor: string, heads: Place['heads']): string =>
  `${cursor}#${JSON.stringify(heads)}`;

/** What another hand wrote there is nothing that was read. */
function headsOf(text: string | undefined): Place['heads'] {
  try {
    const heads: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(heads) ? heads.filter(isHead) : [];
  } catch {
    return [];
  }
}

const isHead = (head: unknown): head is readonly [string, string] =>
  Array.isArray(head) &&
  head.length === 2 &&
  typeof head[0] === 'string' &&
  typeof head[1] === 'string' &&
  /^\d{1,18}$/.test(head[1]);
