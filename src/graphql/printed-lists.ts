import {
  type DocumentNode,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Context } from './context.ts';
import { PrintedText } from './printed.ts';

/*
 * Lists, printed item by item. A compiled query (graphql-jit) makes closures, paths and places for every field of every item, in
 * case it fails; a page has hundreds, and none does. So a list of which nothing is asked but leaves, and objects of leaves, becomes
 * to the compiled query one value: its JSON, which printers made once for the selection write with the same resolvers. What goes
 * wrong in it is not described here: the whole operation runs again without such lists, and says what graphql-jit says.
 */

/** Marks the fields that print, in a schema that no caller sees. */
const PREFIX = '_printed_';

/** The name that a field has in the schema that callers see. */
export const publicName = (name: string): string =>
  name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** The JSON of an item, or of a field of it, with a HOLE for each text that `later` will have, in their order. */
type Print = (item: unknown, context: Context, later: Promise<string>[]) => string;

/** How one field of an item is printed; `isText` where a text among its values comes out as it is. */
interface Field {
  readonly key: string;
  readonly resolve: Resolver;
  readonly info: object;
  readonly isText: boolean;
  readonly print: Print;
}

/** JSON has no such character: it would be escaped. */
const HOLE = '\u0001';

const NO_ARGUMENTS = {};
const Printed = new GraphQLScalarType({ name: 'Printed', coerceOutputValue: (value) => value });

/** What these are printed as holds nothing to escape. */
const PLAIN_SCALARS = new Set(['Decimal', 'Sequence', 'DateTime']);

export class PrintedLists {
  readonly #schema: GraphQLSchema;
  readonly #printing: GraphQLSchema;
  readonly #printers = new WeakMap<FieldNode, Print>();
  readonly #failed = new WeakSet<Context>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#printing = this.#withPrintedFields(schema);
  }

  /** The schema and the document to compile, or null where the document has no such list. */
  rewrite(document: DocumentNode): { schema: GraphQLSchema; document: DocumentNode } | null {
    const types = new TypeInfo(this.#schema);
    const fragments = fragmentsOf(document);
    let found = false;
    const rewritten = visit(
      document,
      visitWithTypeInfo(types, {
        Field: (node) => {
          const parent = types.getParentType();
          const field = types.getFieldDef();
          if (!isObjectType(parent) || !field || !isPrinted(this.#schema, parent, field.type))
            return undefined;
          const item = getNamedType(field.type) as GraphQLObjectType;
          if (!this.#isPrintable(item, node.selectionSet!, fragments)) return undefined;
          found = true;
          const { alias = node.name, name } = node;
          return { ...node, alias, name: { ...name, value: `${PREFIX}${name.value}` } };
        },
      }),
    );
    return found ? { schema: this.#printing, document: rewritten } : null;
  }

  /** Whether something went wrong in a list since this was last asked. */
  failed(context: Context): boolean {
    return this.#failed.delete(context);
  }

  #withPrintedFields(schema: GraphQLSchema): GraphQLSchema {
    const copy = lexicographicSortSchema(schema);
    for (const type of Object.values(copy.getTypeMap())) {
      if (!isObjectType(type) || type.name.startsWith('__')) continue;
      const fields = type.getFields();
      for (const field of Object.values(fields)) {
        if (!isPrinted(copy, type, field.type)) continue;
        const name = `${PREFIX}${field.name}`;
        const resolve = this.#printed(field.resolve ?? byName(field.name));
        const like = Object.create(Object.getPrototypeOf(field));
        fields[name] = Object.assign(like, field, { name, type: Printed, resolve });
      }
    }
    return copy;
  }

  #printed(resolve: Resolver): Resolver {
    return (source, args, context, info) => {
      const value = resolve(source, args, context, info);
      return value instanceof Promise
        ? value.then((settled) => this.#print(settled, context, info))
        : this.#print(value, context, info);
    };
  }

  #print(
    value: unknown,
    context: Context,
    info: GraphQLResolveInfo,
  ): PrintedText | null | Promise<PrintedText | null> {
    if (value == null) return null;
    const fail = () => {
      this.#failed.add(context);
      return null;
    };
    try {
      const print = this.#printerOf(info);
      const text = filled((later) =>
        Array.isArray(value)
          ? `[${value.map((item) => print(item, context, later)).join(',')}]`
          : print(value, context, later),
      );
      return typeof text === 'string'
        ? new PrintedText(text)
        : text.then((settled) => new PrintedText(settled), fail);
    } catch {
      return fail();
    }
  }

  #printerOf({ fieldNodes, fragments, parentType, fieldName }: GraphQLResolveInfo): Print {
    const [first, ...others] = fieldNodes;
    const known = others.length === 0 ? this.#printers.get(first!) : undefined;
    if (known) return known;
    const { type } = parentType.getFields()[publicName(fieldName)]!;
    const sets = fieldNodes.map((node) => node.selectionSet!);
    const made = this.#printItem(getNamedType(type) as GraphQLObjectType, sets, fragments);
    if (!made) throw new Error(`a list at ${fieldName} was taken for one that can be printed`);
    if (others.length === 0) this.#printers.set(first!, made);
    return made;
  }

  #isPrintable(item: GraphQLObjectType, selection: SelectionSetNode, fragments: Fragments): boolean {
    return this.#printItem(item, [selection], fragments) !== null;
  }

  /** Null for a selection that is not printed here. */
  #printItem(type: GraphQLObjectType, sets: readonly SelectionSetNode[], fragments: Fragments): Print | null {
    const byKey = new Map<string, FieldNode[]>();
    if (!collect(type, sets, fragments, byKey)) return null;
    const fields: Field[] = [];
    for (const [key, nodes] of byKey) {
      const field = this.#printField(type, key, nodes, fragments);
      if (!field) return null;
      fields.push(field);
    }
    return generate(fields);
  }

  #printField(
    parent: GraphQLObjectType,
    key: string,
    nodes: readonly FieldNode[],
    fragments: Fragments,
  ): Field | null {
    const name = nodes[0]!.name.value;
    if (name === '__typename')
      return { key, resolve: () => parent.name, info: {}, isText: true, print: () => '' };
    const field = parent.getFields()[name]!;
    const nullable = !isNonNullType(field.type);
    const type = isNonNullType(field.type) ? field.type.ofType : field.type;
    const printValue = isLeafType(type)
      ? leaf(type)
      : isObjectType(type)
        ? this.#printItem(
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
    return { key, resolve, info, isText: isStringly(type), print: later };
  }
}

/**
 * The printer of an item, as a function of its own that names its fields one by one: in a loop over them each call could be any
 * resolver's, and none would be compiled into it.
 */
function generate(fields: readonly Field[]): Print {
  const names = (what: string) => fields.map((_, i) => `${what}${i}`);
  const lines = fields.map(({ key, isText }, i) => {
    const before = JSON.stringify(`${i === 0 ? '' : ','}${JSON.stringify(key)}:`);
    const asText = isText ? "typeof value === 'string' ? quoted(value) : " : '';
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

/** A text whose holes are filled, when all that they wait for is there. */
function filled(print: (later: Promise<string>[]) => string): string | Promise<string> {
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
const SAFE = /^[\w .:+-]*$/;
const quoted = (text: string): string => (SAFE.test(text) ? `"${text}"` : JSON.stringify(text));

/** Whether a text comes out as it is. */
const isStringly = (type: GraphQLOutputType): boolean =>
  isLeafType(type) && ['String', 'ID', 'Decimal'].includes(type.name);

function leaf(type: GraphQLLeafType): Print {
  if (isEnumType(type) || PLAIN_SCALARS.has(type.name))
    return (value) => `"${type.coerceOutputValue(value)}"`;
  return (value) => JSON.stringify(type.coerceOutputValue(value));
}

type Fragments = GraphQLResolveInfo['fragments'];

const byName =
  (name: string): Resolver =>
  (source) =>
    (source as Record<string, unknown>)[name];

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return Object.fromEntries(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
}

/**
 * A list of objects of one type, of an object that is no root: there is where access is judged. And what a subscription tells, of which
 * thousands hear at once: whoever hears it was judged when it began.
 */
function isPrinted(schema: GraphQLSchema, parent: GraphQLObjectType, type: GraphQLOutputType): boolean {
  if (parent.name.startsWith('__')) return false;
  const isEvent = parent === schema.getSubscriptionType();
  if (!isEvent && (parent === schema.getQueryType() || parent === schema.getMutationType())) return false;
  const value = isNonNullType(type) ? type.ofType : type;
  const item = isListType(value) && isNonNullType(value.ofType) ? value.ofType.ofType : value;
  return isObjectType(item) && (isEvent || isListType(value)) && !item.name.startsWith('__');
}

/** The fields of a selection by the keys of the answer; false where one takes arguments. */
function collect(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  fragments: Fragments,
  byKey: Map<string, FieldNode[]>,
): boolean {
  const applies = (condition: string | undefined) =>
    condition === undefined ||
    condition === type.name ||
    type.getInterfaces().some(({ name }) => name === condition);
  return sets.every(({ selections }) =>
    selections.every((selection) => {
      if (selection.kind === Kind.FIELD) {
        const field = type.getFields()[selection.name.value];
        if (field && field.args.length > 0) return false;
        const key = (selection.alias ?? selection.name).value;
        byKey.set(key, [...(byKey.get(key) ?? []), selection]);
        return true;
      }
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments[selection.name.value] : selection;
      if (!fragment) return false;
      if (!applies(fragment.typeCondition?.name.value)) return true;
      return collect(type, [fragment.selectionSet], fragments, byKey);
    }),
  );
}
