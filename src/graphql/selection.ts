import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql';
import { publicName } from './printed-lists.ts';

/*
 * Which fields a document selects, so that what nobody asked for is not read. A field under @skip or @include counts as
 * selected: the answer may name too many, never too few.
 */

type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>;

/** Documents are parsed once and run often: what they select is found once too. */
const known = new WeakMap<FieldNode, Map<string, ReadonlySet<string>>>();

/** The names of the fields selected under a field, or deeper along a path such as ['edges', 'node']. */
export function selectedFields(info: Info, path: readonly string[] = []): ReadonlySet<string> {
  const [first, ...others] = info.fieldNodes;
  if (others.length > 0) return find(info, path);
  const byPath = known.get(first!) ?? new Map<string, ReadonlySet<string>>();
  known.set(first!, byPath);
  const name = path.join('.');
  const fields = byPath.get(name) ?? find(info, path);
  byPath.set(name, fields);
  return fields;
}

/** The path from a list that pages to its nodes. */
export const NODES: readonly string[] = ['edges', 'node'];
/** Stands among the fields of a page's nodes where somebody asks for a cursor, which is made of columns too. */
export const CURSOR = 'cursor';
const withCursor = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>();

/** The fields selected of a page's nodes, with CURSOR where a cursor is asked for. */
export function selectedOfPage(info: Info): ReadonlySet<string> {
  const fields = selectedFields(info, NODES);
  if (!selectedFields(info).has('pageInfo') && !selectedFields(info, ['edges']).has('cursor')) return fields;
  const wanted = withCursor.get(fields) ?? new Set([...fields, CURSOR]);
  withCursor.set(fields, wanted);
  return wanted;
}

function find({ fieldNodes, fragments }: Info, path: readonly string[]): ReadonlySet<string> {
  const fields = new Set<string>();
  const walk = (set: SelectionSetNode | undefined, depth: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, depth);
      else if (selection.kind === Kind.FRAGMENT_SPREAD)
        walk(fragments[selection.name.value]?.selectionSet, depth);
      else if (depth === path.length) fields.add(publicName(selection.name.value));
      else if (publicName(selection.name.value) === path[depth]) walk(selection.selectionSet, depth + 1);
    }
  };
  for (const node of fieldNodes) walk(node.selectionSet, 0);
  return fields;
}

/** Whether nothing else is selected. */
export function within(fields: ReadonlySet<string>, allowed: ReadonlySet<string>): boolean {
  for (const field of fields) if (!allowed.has(field)) return false;
  return true;
}
