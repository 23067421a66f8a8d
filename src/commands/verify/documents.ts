import { PROOF_FORMAT } from '../../core/proof/format.ts';

/** Deeper than any answer of GraphQL nests. */
const MAX_DEPTH = 100;

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function formatOf(text: unknown): unknown {
  const value = typeof text === 'string' ? parseJson(text) : text;
  return isObject(value) ? value.format : undefined;
}

export interface FoundDocument {
  readonly document: unknown;
  /** The objects that it was found in which speak of the same haircut: proof, haircut, notice. */
  readonly around: readonly Fields[];
}

/** The document itself, or each that stands as a text under `document` anywhere in what GraphQL returned. */
export function findDocuments(value: unknown, depth = 0, around: readonly Fields[] = []): FoundDocument[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item) => findDocuments(item, depth + 1));
  if (!isObject(value)) return [];
  if (value.format === PROOF_FORMAT) return [{ document: value, around: [] }];
  return Object.entries(value).flatMap(([key, field]) => {
    const here = [value, ...around];
    if (key === 'document' && formatOf(field) === PROOF_FORMAT) {
      return [{ document: parseJson(field as string), around: here }];
    }
    return findDocuments(field, depth + 1, key === 'proof' || key === 'haircut' ? here : []);
  });
}
