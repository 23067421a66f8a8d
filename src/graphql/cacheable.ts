import {
  type ArgumentNode,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import { decodeId } from './ids.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/**
 * Fields that follow from a pool's own rows at one sequence, and from who asks. What depends on the time, on other pools or on what a
 * process holds in memory is not here, and neither is what nobody thought of: a field is cached when it is named.
 */
export const KEPT_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  Pool: words(`id name asset decimals status haltReason rules ruleVersions sessionSequence insuranceFund markets accounts account
    lossEvents settlements sequence`),
  Market: words(
    'id symbol contractSize initialMarginRate maintenanceMarginRate marginTiers markBand maxPosition markPrice markedAt',
  ),
  MarginTier: words('notionalAbove initialMarginRate maintenanceMarginRate'),
  Account:
    words(`id ref owner pool status balance unrealizedPnl equity positions isolatedMarket margin haircuts totalHaircut
    totalRecovered maxHaircutRate profit haircutableProfit lastNoticeSequence`),
  AccountMargin: words(
    'equity notional initialMargin maintenanceMargin marginRatio effectiveLeverage health',
  ),
  Position:
    words(`market size entryPrice notional unrealizedPnl initialMargin maintenanceMargin liquidationPrice
    bankruptcyPrice`),
  InsuranceFund: words('id pool balance available entries'),
  FundEntry: words('id sequence kind amount balanceAfter ref settlement createdAt'),
  LossEvent:
    words(`id ref sequence pool status account deficit recourse operatorCapital fundDraw socialized uncovered recovered
    recoveries openedAt settlements`),
  Settlement:
    words(`id sequence pool lossEvents rules method profitBasis deficit recourse operatorCapital fundDraw residual
    haircutCapacity socialized uncovered haircutRatio haircutCount haircuts marks staleMarksReason commitment reversal settledAt`),
  SettlementMark: words('symbol price'),
  SettlementPart: words('part scope market method loss profitTotal capacity phase level lastRemainder'),
  Commitment: words('root tree total profitTotal leaves parts sheetPath'),
  Haircut: words(
    'id sequence previousSequence settlement account profit cap amount recovered proof balanceBefore balanceAfter',
  ),
  HaircutProof: words('document salt leaf path'),
  ProofStep: words('left hash sum'),
  Recovery: words(
    'id sequence lossEvent amount uncovered haircuts fund operatorCapital recourse ref recordedAt',
  ),
  Reversal: words('sequence settlement reason reversedAt'),
  Ratio: words('numerator denominator decimal'),
  LossRules:
    words(`version since waterfall tiers method leverageExponent maxLeverage scope overflow profitBasis maxHaircutRate
    fundReserve withdrawalsWhileLossOpen positionSource maxMarkAgeSeconds liquidationOrder liquidationFeeRate liquidatorShare
    liquidatorAccount`),
  PageInfo: words('hasNextPage hasPreviousPage startCursor endCursor'),
  Node: words('id'),
};

type Variables = Readonly<Record<string, unknown>>;
/** The name of a pool that a root field asks about; null where its arguments name none. */
type PoolOf = (variables: Variables) => string | null;

/** The pools that an operation asks about, by its variables; null where its answer may depend on more than them. */
export type PoolsOf = (variables: Variables) => readonly string[] | null;

export function poolsAskedBy(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): PoolsOf | null {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.QUERY || operation.directives?.length) return null;
  const asked: PoolOf[] = [];
  for (const selection of operation.selectionSet.selections) {
    if (selection.kind !== Kind.FIELD || !selection.selectionSet) return null;
    const { name, selectionSet, arguments: given = [] } = selection;
    const type = name.value === 'pool' ? 'Pool' : name.value === 'node' ? 'Node' : null;
    const argument = given[0];
    if (!type || !argument) return null;
    if (!isCacheable(schema, document, selectionSet, schema.getType(type) as GraphQLCompositeType))
      return null;
    const text = textOf(argument);
    asked.push(type === 'Pool' ? text : (variables) => poolOfNode(text(variables)));
  }
  return (variables) => {
    const names = asked.map((pool) => pool(variables));
    return names.includes(null) ? null : [...new Set(names as string[])];
  };
}

const textOf = ({ value }: ArgumentNode): PoolOf => {
  if (value.kind === Kind.STRING) return () => value.value;
  if (value.kind !== Kind.VARIABLE) return () => null;
  return (variables) => {
    const given = variables[value.name.value];
    return typeof given === 'string' ? given : null;
  };
};

const poolOfNode = (id: string | null): string | null => (id === null ? null : decodeId(id))?.keys[0] ?? null;

function isCacheable(
  schema: GraphQLSchema,
  document: DocumentNode,
  { selections }: SelectionSetNode,
  parent: GraphQLCompositeType,
): boolean {
  const within = (set: SelectionSetNode, typeName: string | undefined): boolean => {
    const type = typeName === undefined ? parent : schema.getType(typeName);
    return isCompositeType(type) && isCacheable(schema, document, set, type);
  };
  return selections.every((selection) => {
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return within(selection.selectionSet, selection.typeCondition?.name.value);
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = document.definitions.find(
        (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === selection.name.value,
      );
      return (
        fragment?.kind === Kind.FRAGMENT_DEFINITION &&
        within(fragment.selectionSet, fragment.typeCondition.name.value)
      );
    }
    const name = selection.name.value;
    if (name === '__typename') return true;
    const isPage = /(Connection|Edge)$/.test(parent.name);
    if (!isPage && !KEPT_FIELDS[parent.name]?.has(name)) return false;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    const type = field && getNamedType(field.type);
    return !selection.selectionSet || within(selection.selectionSet, type?.name);
  });
}
