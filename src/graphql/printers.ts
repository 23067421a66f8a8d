import {
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  isEnumType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { Context } from './context.ts';

/** What prints the items of a list (printed-lists.ts): made once for a selection, of the resolvers of what it selects. */

export type Resolver = GraphQLFieldResolver<unknown, Context>;
export type Fragments = GraphQLResolveInfo['fragments'];

/** The JSON of an item, or of a field of it, with a HOLE for each text that `later` will have, in their order. */
export type Print = (item: unknown, context: Context, later: Promise<string>[]) => string;

/** How one field of an item is printed; `text` where a text among its values comes out as it is, PLAIN where none holds what is escaped. */
interface Field {
  readonly key: string;
  readonly resolve: Resolver;
  readonly info: object;
  readonly text: 'ANY' | 'PLAIN' | null;
  readonly print: Print;
}

/** JSON has no such character: it would be escaped. */
const HOLE = '\u0001';

const NO_ARGUMENTS = new Proxy(
  {},
  {
    get(_, name) {
      throw new Error(`an argument is asked for that was not told: ${String(name)}`);
    },
  },
);

/** What these are printed as holds nothing to escape. */
const PLAIN_SCALARS = new Set(['Decimal', 'Sequence', 'DateTime']);

/** Null for a selection that is not printed here. */
export function printerOf(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
): Print | null {
  const byKey = fieldsOf(type, sets, fragments);
  for (const [{ name }] of byKey.values()) {
    if (type.getFields()[name.value]?.args.length) return null;
  }
  return printObject(type, byKey, fragments);
}

/**
 * What prints the events of a subscription, each with the whole of its answer. The arguments of the field said who hears what: they are
 * not told again with each event, and a resolver that looks at one fails.
 */
export const eventPrinterOf = (
  type: GraphQLObjectType,
  selection: SelectionSetNode,
  fragments: Fragments,
): Print | null => printObject(type, fieldsOf(type, [selection], fragments), fragments);

function printObject(type: GraphQLObjectType, byKey: FieldsByKey, fragments: Fragments): Print | null {
  const fields: Field[] = [];
  for (const [key, nodes] of byKey) {
    const field = printField(type, key, nodes, fragments);
    if (!field) return null;
    fields.push(field);
  }
  return generate(fields);
}

function printField(
  parent: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
  fragments: Fragments,
): Field | null {
  const name = nodes[0]!.name.value;
  if (name === '__typename')
    return { key, resolve: () => parent.name, info: {}, text: 'PLAIN', print: () => '' };
  const field = parent.getFields()[name]!;
  const nullable = !isNonNullType(field.type);
  const type = isNonNullType(field.type) ? field.type.ofType : field.type;
  const printValue = isLeafType(type)
    ? leaf(type)
    : isObjectType(type)
      ? printerOf(
          type,
          nodes.map((node) => node.selectionSet!),
          fragments,
        )
      : null;
  if (!printValue) return null;
  const resolve = (field.resolve ?? byName(name)) as Resolver;
  const info = {
    fieldName: name,
    fieldNodes: nodes,
    fragments,
    parentType: parent,
    returnType: field.type,
  };
  const print: Print = (value, context, later) => {
    if (value instanceof Error) throw value;
    if (value != null) return printValue(value, context, later);
    if (nullable) return 'null';
    throw new Error(`${parent.name}.${name} is null`);
  };
  const later: Print = (value, context, texts) => {
    if (!(value instanceof Promise)) return print(value, context, texts);
    texts.push(value.then((settled) => filled((more) => print(settled, context, more))));
    return HOLE;
  };
  return { key, resolve, info, text: textOf(type), print: later };
}

/**
 * The printer of an item, as a function of its own that names its fields one by one: in a loop over them each call could be any
 * resolver's, and none would be compiled into it.
 */
function generate(fields: readonly Field[]): Print {
  const names = (what: string) => fields.map((_, i) => `${what}${i}`);
  const lines = fields.map(({ key, text }, i) => {
    const before = JSON.stringify(`${i === 0 ? '' : ','}${JSON.stringify(key)}:`);
    const quote = text === 'PLAIN' ? `'"' + value + '"'` : 'quoted(value)';
    const asText = text === null ? '' : `typeof value === 'string' ? ${quote} : `;
    return `value = resolve${i}(item, none, context, info${i});
      text += ${before} + (${asText}print${i}(value, context, later));`;
  });
  const parameters = ['none', 'quoted', ...names('resolve'), ...names('info'), ...names('print')];
  const source = `return (item, context, later) => { let value, text = '{'; ${lines.join('\n')} return text + '}'; }`;
  return new Function(...parameters, source)(
    NO_ARGUMENTS,
    quoted,
    ...fields.map(({ resolve }) => resolve),
    ...fields.map(({ info }) => info),
    ...fields.map(({ print }) => print),
  ) as Print;
}

/** A list of items. */
export function printList(
  items: readonly unknown[],
  print: Print,
  context: Context,
  later: Promise<string>[],
): string {
  let text = '';
  for (const item of items) text += `${text === '' ? '' : ','}${print(item, context, later)}`;
  return `[${text}]`;
}

/** A text whose holes are filled, when all that they wait for is there. */
export function filled(print: (later: Promise<string>[]) => string): string | Promise<string> {
  const later: Promise<string>[] = [];
  try {
    const text = print(later);
    return later.length === 0 ? text : fill(text, later);
  } catch (error) {
    // Nobody waits for these any more, and what nobody waits for must not fail loudly.
    void Promise.allSettled(later);
    throw error;
  }
}

async function fill(text: string, later: readonly Promise<string>[]): Promise<string> {
  const values = await Promise.all(later);
  return text
    .split(HOLE)
    .map((part, i) => part + (values[i] ?? ''))
    .join('');
}

/** Text that needs no escape, as nearly all is. */
const SAFE = /^[ !#-[\]-~]*$/;
const quoted = (text: string): string => (SAFE.test(text) ? `"${text}"` : JSON.stringify(text));

const TEXTS: Readonly<Record<string, Field['text']>> = { String: 'ANY', ID: 'ANY', Decimal: 'PLAIN' };
const textOf = (type: GraphQLOutputType): Field['text'] =>
  isLeafType(type) ? (TEXTS[type.name] ?? null) : null;

function leaf(type: GraphQLLeafType): Print {
  if (isEnumType(type) || PLAIN_SCALARS.has(type.name))
    return (value) => `"${type.coerceOutputValue(value)}"`;
  return (value) => JSON.stringify(type.coerceOutputValue(value));
}

export const byName =
  (name: string): Resolver =>
  (source) =>
    (source as Record<string, unknown>)[name];

type FieldsByKey = Map<string, [FieldNode, ...FieldNode[]]>;

/** The fields of a selection by the keys of the answer. */
function fieldsOf(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
  byKey: FieldsByKey = new Map(),
  spread = new Set<string>(),
): FieldsByKey {
  const applies = (condition: string | undefined) =>
    condition === undefined ||
    condition === type.name ||
    type.getInterfaces().some(({ name }) => name === condition);
  for (const selection of sets.flatMap(({ selections }) => selections)) {
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      const others = byKey.get(key);
      if (others) others.push(selection);
      else byKey.set(key, [selection]);
      continue;
    }
    const name = selection.kind === Kind.FRAGMENT_SPREAD ? selection.name.value : null;
    // Once is enough, and fragments that spread others twice would be met without end.
    if (name !== null && spread.has(name)) continue;
    if (name !== null) spread.add(name);
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value]! : selection;
    if (applies(fragment.typeCondition?.name.value))
      fieldsOf(type, [fragment.selectionSet], fragments, byKey, spread);
  }
  return byKey;
}
