import {
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  OperationTypeNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Context } from './context.ts';
import { PrintedText } from './printed.ts';
import {
  byName,
  eventPrinterOf,
  type Fragments,
  filled,
  type Print,
  printerOf,
  printList,
  type Resolver,
} from './printers.ts';

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

const Printed = new GraphQLScalarType({ name: 'Printed', coerceOutputValue: (value) => value });

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
          if (!printerOf(item, [node.selectionSet!], fragments)) return undefined;
          found = true;
          const { alias = node.name, name } = node;
          return { ...node, alias, name: { ...name, value: `${PREFIX}${name.value}` } };
        },
      }),
    );
    return found ? { schema: this.#printing, document: rewritten } : null;
  }

  /** Prints the whole answer of a subscription to an event, or null where that is more than leaves and objects of leaves. */
  eventPrinter(document: DocumentNode, operationName: string | null): Print | null {
    const operation = getOperationAST(document, operationName)!;
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return null;
    return eventPrinterOf(this.#schema.getSubscriptionType()!, operation.selectionSet, fragmentsOf(document));
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
      const items = value as readonly unknown[];
      const text = filled((later) => printList(items, print, context, later));
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
    const made = printerOf(getNamedType(type) as GraphQLObjectType, sets, fragments);
    if (!made) throw new Error(`a list at ${fieldName} was taken for one that can be printed`);
    if (others.length === 0) this.#printers.set(first!, made);
    return made;
  }
}

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return Object.fromEntries(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  );
}

/** A list of objects of one type, of an object that is no root: there is where access is judged. */
function isPrinted(schema: GraphQLSchema, parent: GraphQLObjectType, type: GraphQLOutputType): boolean {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  if (parent.name.startsWith('__') || roots.includes(parent)) return false;
  const list = isNonNullType(type) ? type.ofType : type;
  const item = isListType(list) && isNonNullType(list.ofType) ? list.ofType.ofType : null;
  return isObjectType(item) && !item.name.startsWith('__');
}
