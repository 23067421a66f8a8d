import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { DEFAULT_PAGE } from './paging.ts';

/**
 * What an operation costs by its text and variables alone, in points. A point is what the smallest request costs: about a
 * hundred values of an answer. Lists count as long as their pages may get, so a cost is an upper bound of what there is to read.
 */
export type CostOf = (variables: Readonly<Record<string, unknown>>) => number;

const VALUES_A_POINT = 100;

/** No operation costs more: what it reads is bounded by the rows of its pages (paging.ts), whatever its text multiplies to. */
export const MAX_POINTS = 1_000;

/** Lists whose length nobody asked for: markets, positions, versions, parts. */
const USUAL_LIST = 10;

/** Lists that take `first` and are no connections. */
const USUAL_FIRST = 100;
const LONGEST_LIST = 10_000;

/** What an item of an input costs to write, in values. */
const VALUES_AN_ITEM = 5;

/** Fields that work on more than what they answer with, in values. */
export const WEIGHTS: Readonly<Record<string, number>> = {
  'Query.previewSettlement': 2_000,
  'Query.compareAllocations': 10_000,
  'Query.stressTest': 10_000,
  'Query.fundDepletion': 10_000,
  'Query.liquidationQueue': 1_000,
  'Query.accountsAtRisk': 500,
  'Mutation.settleLosses': 2_000,
  'Mutation.startSimulation': 10_000,
  'Pool.queue': 500,
  'Haircut.proof': 200,
  'Account.lossExposure': 100,
  'PoolTotals.fundCoverage': 500,
  'LossExposure.touchedByFall': 5_000,
  'LossExposure.touchedByRise': 5_000,
};

type Variables = Readonly<Record<string, unknown>>;
/** A number, or what makes one of the variables. */
type Amount = number | ((variables: Variables) => number);

const at = (amount: Amount, variables: Variables): number =>
  typeof amount === 'number' ? amount : amount(variables);
const combine =
  (operate: (a: number, b: number) => number) =>
  (a: Amount, b: Amount): Amount =>
    typeof a === 'number' && typeof b === 'number'
      ? operate(a, b)
      : (variables) => operate(at(a, variables), at(b, variables));
const plus = combine((a, b) => a + b);
const times = combine((a, b) => a * b);

const clamped = (size: number): number => Math.min(Math.max(size, 0), LONGEST_LIST);

/** The cost of an operation: what no variable changes is added up here, once. */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostOf {
  const values = new Reader(schema, document, operation).read();
  const points = (of: number) => Math.min(Math.max(1, Math.ceil(of / VALUES_A_POINT)), MAX_POINTS);
  if (typeof values === 'number') {
    const cost = points(values);
    return () => cost;
  }
  return (variables) => points(values(variables));
}

class Reader {
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #known = new Map<string, Amount>();

  constructor(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    this.#schema = schema;
    this.#operation = operation;
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION)
        this.#fragments.set(definition.name.value, definition);
  }

  read(): Amount {
    const { operation, selectionSet } = this.#operation;
    return this.#selection(selectionSet, this.#schema.getRootType(operation)!, null);
  }

  /** @param page how many rows the page holds whose connection this is; null where it is none */
  #selection({ selections }: SelectionSetNode, parent: GraphQLCompositeType, page: Amount | null): Amount {
    let total: Amount = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        total = plus(total, this.#field(selection, parent, page));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const type = this.#type(selection.typeCondition?.name.value) ?? parent;
        total = plus(total, this.#selection(selection.selectionSet, type, page));
      } else {
        total = plus(total, this.#fragment(selection.name.value, page));
      }
    }
    return total;
  }

  #fragment(name: string, page: Amount | null): Amount {
    const { typeCondition, selectionSet } = this.#fragments.get(name)!;
    const read = () => this.#selection(selectionSet, this.#type(typeCondition.name.value)!, page);
    // A fragment of a connection costs what the page is that it stands in; every other one costs the same everywhere.
    if (page !== null) return read();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const amount = read();
    this.#known.set(name, amount);
    return amount;
  }

  #field(node: FieldNode, parent: GraphQLCompositeType, page: Amount | null): Amount {
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    // __typename and introspection.
    if (!field) return 1;
    const own = plus(1 + (WEIGHTS[`${parent.name}.${field.name}`] ?? 0), this.#items(node.arguments ?? []));
    const type = getNamedType(field.type);
    if (!node.selectionSet || !isCompositeType(type)) return own;
    const size = this.#sizeOf(node, field);
    if (type.name.endsWith('Connection'))
      return plus(own, this.#selection(node.selectionSet, type, size ?? DEFAULT_PAGE));
    const inner = this.#selection(node.selectionSet, type, null);
    if (!isListType(getNullableType(field.type))) return plus(own, inner);
    return plus(own, times(size ?? page ?? USUAL_LIST, inner));
  }

  /** How many items the arguments ask for; null where none of them says. */
  #sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>): Amount | null {
    const given = (name: string) => node.arguments?.find((argument) => argument.name.value === name)?.value;
    const ids = given('ids');
    if (ids) return this.#lengthOf(ids);
    const count = given('first') ?? given('last');
    if (count) return this.#number(count, DEFAULT_PAGE);
    const takesFirst = field.args.some(({ name }) => name === 'first');
    return takesFirst && isListType(getNullableType(field.type)) ? USUAL_FIRST : null;
  }

  #number(node: ValueNode, otherwise: number): Amount {
    if (node.kind === Kind.INT) return clamped(Number(node.value));
    if (node.kind !== Kind.VARIABLE) return otherwise;
    const name = node.name.value;
    const byDefault = this.#defaultOf(name);
    const usual = byDefault?.kind === Kind.INT ? clamped(Number(byDefault.value)) : otherwise;
    return (variables) => {
      const value = variables[name];
      return typeof value === 'number' ? clamped(value) : usual;
    };
  }

  /** The items of the lists in the arguments: the rows that a mutation writes. */
  #items(nodes: readonly ArgumentNode[]): Amount {
    return nodes.map(({ value }) => times(this.#lengthOf(value), VALUES_AN_ITEM)).reduce(plus, 0);
  }

  #lengthOf(node: ValueNode): Amount {
    if (node.kind === Kind.LIST) return node.values.length;
    if (node.kind === Kind.OBJECT)
      return node.fields.map(({ value }) => this.#lengthOf(value)).reduce(plus, 0);
    if (node.kind !== Kind.VARIABLE) return 0;
    const name = node.name.value;
    const byDefault = this.#defaultOf(name);
    const usual = byDefault ? at(this.#lengthOf(byDefault), {}) : 0;
    return (variables) => (variables[name] === undefined ? usual : itemsIn(variables[name]));
  }

  #defaultOf(name: string): ValueNode | undefined {
    return this.#operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
      ?.defaultValue;
  }

  #type(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.#schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}

/** The items of a list, or of the lists that an input object holds. */
function itemsIn(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let items = 0;
  for (const inner of Object.values(value)) if (Array.isArray(inner)) items += inner.length;
  return items;
}
