import { readFile } from 'node:fs/promises';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';
import { inRoot } from '../../tools/checks/check.ts';
import {
  BASELINE,
  breakingChanges,
  canonical,
  readSchema,
  undescribed,
} from '../../tools/checks/contract.ts';
import type { AccountStatus, ContractSettleMutation, ContractTypesQuery } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';

const written = await readSchema('schema.graphql');
const baselineText = await readFile(inRoot(BASELINE), 'utf8');
const baseline = buildSchema(baselineText);

describe('schema.graphql', () => {
  test('is what the code builds, descriptions included', () => {
    expect(canonical(schema)).toBe(canonical(written));
  });

  test('breaks nobody who calls the release before', () => {
    expect(breakingChanges(baseline, written)).toEqual([]);
  });

  test('describes every element', () => {
    expect(undescribed(written)).toEqual([]);
  });

  test('is not described where the check says it is not', () => {
    const sparse = buildSchema(`
      "described" type Query { "described" a(b: Int, "described" c: Int): Kind  d(input: In): Any  e: Either }
      "described" enum Kind { "described" ONE TWO }
      input In { f: Int }
      interface Any { g: Int }
      "blank counts for nothing" union Either = Query
      scalar Money
      directive @h("described" i: Int, j: Int) on FIELD
    `);
    expect(undescribed(sparse).sort()).toEqual(
      [
        'Query.a(b:)',
        'Query.d',
        'Query.d(input:)',
        'Query.e',
        'Kind.TWO',
        'In',
        'In.f',
        'Any',
        'Any.g',
        'Money',
        '@h',
        '@h(j:)',
      ].sort(),
    );
    expect(undescribed(buildSchema('" " type Query { "described" a: Int }'))).toEqual(['Query']);
  });
});

/** What callers would stumble over if the baseline had `to` wherever it has `from`. */
function changing(from: string, to: string): string[] {
  expect(baselineText, 'the baseline holds what is to be changed').toContain(from);
  return breakingChanges(baseline, buildSchema(baselineText.replaceAll(from, to)));
}

describe('a breaking change is found:', () => {
  test.each([
    ['a field renamed', '  totalHaircut: Decimal!', '  haircutTotal: Decimal!', 'Account.totalHaircut'],
    ['a type renamed', 'PageInfo', 'PageInfos', 'PageInfo was removed'],
    ['a result that may now be null', '  equity: Decimal!', '  equity: Decimal', 'Account.equity'],
    [
      'a list that is no longer one',
      '  positions: [Position!]!',
      '  positions: Position!',
      'Account.positions',
    ],
    ['another scalar', '  sequence: Sequence!', '  sequence: Int!', 'sequence'],
    ['an argument removed', '  account(ref: String!): Account', '  account: Account', 'Pool.account'],
    [
      'an argument renamed',
      '  account(ref: String!): Account',
      '  account(name: String): Account',
      'Pool.account',
    ],
    [
      'an argument made required',
      'lossNotices(after: String,',
      'lossNotices(after: String!,',
      'Subscription.lossNotices',
    ],
    ['a required argument added', '  viewer: Viewer!', '  viewer(at: DateTime!): Viewer!', 'Query.viewer'],
    ['an input field removed', '  extraDeficit: Decimal\n', '', 'PreviewSettlementInput.extraDeficit'],
    [
      'an input field made required',
      '  extraDeficit: Decimal',
      '  extraDeficit: Decimal!',
      'PreviewSettlementInput.extraDeficit',
    ],
    [
      'a required input field added',
      'input CloseoutInput {',
      'input CloseoutInput {\n  size: Decimal!',
      'CloseoutInput',
    ],
    ['an enum value removed', '  HALTED\n', '', 'PoolStatus'],
    ['a union member removed', '  | ConflictRetryError', '', 'SettleLossesResult'],
    ['an interface dropped', 'type Haircut implements Node {', 'type Haircut {', 'Haircut'],
    ['another kind of type', 'scalar Sequence', 'type Sequence { number: String! }', 'Sequence'],
  ])('%s', (_, from, to, names) => {
    const changes = changing(from, to);
    expect(changes.join('\n')).toContain(names);
  });

  test('a default changed', () => {
    const taking = (value: number) =>
      buildSchema(
        `type Query { page(first: Int = ${value}, in: In): Int } input In { first: Int = ${value} }`,
      );
    expect(breakingChanges(taking(50), taking(100))).toHaveLength(2);
  });
});

describe('an addition breaks nobody:', () => {
  test.each([
    ['a field', 'type Viewer {', 'type Viewer {\n  email: String'],
    ['an optional argument', '  viewer: Viewer!', '  viewer(at: DateTime): Viewer!'],
    ['an optional input field', 'input CloseoutInput {', 'input CloseoutInput {\n  size: Decimal'],
    ['an enum value', '  PRO_RATA', '  PRO_RATA\n  RANKED'],
    ['a union member', '  | ConflictRetryError', '  | ConflictRetryError\n  | NotBankruptError'],
    ['a type', 'scalar Sequence', 'scalar Sequence\ntype Proof { root: String! }'],
    ['a result that is never null any more', '  markPrice: Decimal\n', '  markPrice: Decimal!\n'],
    ['an argument that is no longer required', 'account(ref: String!)', 'account(ref: String)'],
    ['a deprecation', '  equity: Decimal!', '  equity: Decimal! @deprecated(reason: "Use netEquity.")'],
  ])('%s', (_, from, to) => {
    expect(changing(from, to)).toEqual([]);
  });
});

describe('typed operations', () => {
  const types = graphql(`
    query ContractTypes($pool: String!, $ref: String!, $status: AccountStatus) {
      pool(name: $pool) {
        sequence
        decimals
        account(ref: $ref) { balance lastNoticeSequence }
        accounts(filter: { status: $status }) { totalCount }
      }
    }
  `);
  const settle = graphql(`
    mutation ContractSettle($input: SettleLossesInput!) {
      settleLosses(input: $input) {
        __typename
        ... on Settlement { socialized settledAt }
        ... on Error { code path }
      }
    }
  `);

  test('are valid against the schema', () => {
    for (const document of [types, settle]) expect(validate(schema, parse(document.toString()))).toEqual([]);
  });

  test('carry money, time and sequences as text, and null where the schema says so', () => {
    type Pool = NonNullable<ContractTypesQuery['pool']>;
    expectTypeOf<Pool['sequence']>().toEqualTypeOf<string>();
    expectTypeOf<Pool['decimals']>().toEqualTypeOf<number>();
    expectTypeOf<Pool['account']>().toEqualTypeOf<{
      balance: string;
      lastNoticeSequence: string | null;
    } | null>();
    expectTypeOf<AccountStatus>().toEqualTypeOf<'ACTIVE' | 'BANKRUPT' | 'CLOSED'>();
  });

  test('tell a settlement from a refusal by its typename', () => {
    type Result = ContractSettleMutation['settleLosses'];
    type Settled = Extract<Result, { __typename: 'Settlement' }>;
    expectTypeOf<Omit<Settled, '__typename'>>().toEqualTypeOf<{ socialized: string; settledAt: string }>();
    expectTypeOf<Exclude<Result, Settled>>().toHaveProperty('code');
  });
});
