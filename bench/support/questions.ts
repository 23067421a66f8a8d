import { POOL } from './pool.ts';

/*
 * The three questions that the benchmark of queries asks, as each server wants them asked. `read` brings an answer to one form,
 * by which the answers are compared.
 */

export type Asked = { readonly [variable: string]: unknown };
export type Ask = (query: string, variables: Asked) => Promise<unknown>;

export interface Question {
  readonly query: string;
  /** The arguments of every request that is asked in turn, found by asking the server. */
  arguments(ask: Ask, places: Places): Promise<readonly Asked[]>;
  read(answer: unknown): unknown;
}

/** What the questions are about, in the same order for every server. */
export interface Places {
  readonly accounts: readonly string[];
  readonly sequences: readonly string[];
}

export const QUESTIONS = ['account', 'equity', 'haircuts'] as const;
export type QuestionName = (typeof QUESTIONS)[number];

const LAST = 20;
const ACCOUNTS = 50;
const HAIRCUTS = 100;
/** So many pages of each settlement are asked for, and so many of the accounts. */
const PAGES = 10;
const ACCOUNT_PAGES = 100;

/** Follows a list for some pages and answers with the cursors that each but the first begins after. */
async function follow(pages: number, next: (after: string | null) => Promise<string>): Promise<string[]> {
  const cursors: string[] = [];
  for (let page = 0; page < pages; page++) cursors.push(await next(cursors.at(-1) ?? null));
  return cursors;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of three servers, each of its own shape
type Json = any;

const SHEARWATER: Record<QuestionName, Question> = {
  account: {
    query: `query Account($ref: String!) { pool(name: "${POOL}") { account(ref: $ref) { ref owner status balance
      positions { market { symbol } size } haircuts(last: ${LAST}) { edges { node { sequence amount profit balanceAfter } } } } } }`,
    arguments: async (_, { accounts }) => accounts.map((ref) => ({ ref })),
    read: ({ pool: { account: a } }: Json) => [
      ...[a.ref, a.owner, a.status, a.balance],
      a.positions.map(({ market, size }: Json) => [market.symbol, size]),
      a.haircuts.edges.map(({ node: h }: Json) => [h.sequence, h.amount, h.profit, h.balanceAfter]),
    ],
  },
  equity: {
    query: `query Equity($after: String) { pool(name: "${POOL}") { accounts(first: ${ACCOUNTS}, after: $after) {
      edges { node { ref owner status balance equity } } } } }`,
    arguments: async (ask) => {
      const query = `query ($after: String) { pool(name: "${POOL}") { accounts(first: ${ACCOUNTS}, after: $after) { pageInfo { endCursor } } } }`;
      const cursors = await follow(
        ACCOUNT_PAGES,
        async (after) => ((await ask(query, { after })) as Json).pool.accounts.pageInfo.endCursor,
      );
      return cursors.map((after) => ({ after }));
    },
    read: ({ pool }: Json) =>
      pool.accounts.edges.map(({ node: a }: Json) => [a.ref, a.owner, a.status, a.balance, a.equity]),
  },
  haircuts: {
    query: `query Haircuts($id: ID!, $after: String) { node(id: $id) { ... on Settlement { haircuts(first: ${HAIRCUTS}, after: $after) {
      edges { node { account { ref } sequence amount profit balanceAfter } } } } } }`,
    arguments: async (ask, { sequences }) => {
      const all = (await ask(
        `{ pool(name: "${POOL}") { settlements(first: 1000) { edges { node { id sequence } } } } }`,
        {},
      )) as Json;
      const ids = new Map(all.pool.settlements.edges.map(({ node }: Json) => [node.sequence, node.id]));
      const query = `query ($id: ID!, $after: String) { node(id: $id) { ... on Settlement {
        haircuts(first: ${HAIRCUTS}, after: $after) { pageInfo { endCursor } } } } }`;
      const asked: Asked[] = [];
      for (const sequence of sequences) {
        const id = ids.get(sequence);
        const cursors = await follow(
          PAGES,
          async (after) => ((await ask(query, { id, after })) as Json).node.haircuts.pageInfo.endCursor,
        );
        for (const after of cursors) asked.push({ id, after });
      }
      return asked;
    },
    read: ({ node }: Json) =>
      node.haircuts.edges.map(({ node: h }: Json) => [
        ...[h.account.ref, h.sequence, h.amount, h.profit, h.balanceAfter],
      ]),
  },
};

const MERCURIUS: Record<QuestionName, Question> = {
  account: {
    query: `query Account($ref: String!) { account(ref: $ref) { ref owner status balance
      positions { market size } haircuts(last: ${LAST}) { sequence amount profit balanceAfter } } }`,
    arguments: SHEARWATER.account.arguments,
    read: ({ account: a }: Json) => [
      ...[a.ref, a.owner, a.status, a.balance],
      a.positions.map(({ market, size }: Json) => [market, size]),
      a.haircuts.map((h: Json) => [h.sequence, h.amount, h.profit, h.balanceAfter]),
    ],
  },
  equity: {
    query: `query Equity($after: String!) { accounts(first: ${ACCOUNTS}, after: $after) { ref owner status balance equity } }`,
    arguments: async (_, { accounts }) =>
      Array.from({ length: ACCOUNT_PAGES }, (_, page) => ({ after: accounts[(page + 1) * ACCOUNTS - 1] })),
    read: ({ accounts }: Json) => accounts.map((a: Json) => [a.ref, a.owner, a.status, a.balance, a.equity]),
  },
  haircuts: {
    query: `query Haircuts($sequence: String!, $after: Int!) { haircuts(sequence: $sequence, first: ${HAIRCUTS}, after: $after) {
      account sequence amount profit balanceAfter } }`,
    arguments: async (_, { sequences }) =>
      sequences.flatMap((sequence) =>
        Array.from({ length: PAGES }, (_, page) => ({ sequence, after: (page + 1) * HAIRCUTS })),
      ),
    read: ({ haircuts }: Json) =>
      haircuts.map((h: Json) => [h.account, h.sequence, h.amount, h.profit, h.balanceAfter]),
  },
};

const POSTGRAPHILE: Record<QuestionName, Question> = {
  account: {
    query: `query Account($ref: String!) { accountByPoolIdAndRef(poolId: 1, ref: $ref) { ref owner status balance
      positions { nodes { market size } } haircuts(last: ${LAST}) { nodes { sequence amount profit balanceAfter } } } }`,
    arguments: SHEARWATER.account.arguments,
    read: ({ accountByPoolIdAndRef: a }: Json) => [
      ...[a.ref, a.owner, a.status, a.balance],
      a.positions.nodes.map(({ market, size }: Json) => [market, size]),
      a.haircuts.nodes.map((h: Json) => [h.sequence, h.amount, h.profit, h.balanceAfter]),
    ],
  },
  equity: {
    query: `query Equity($after: Cursor) { allAccounts(first: ${ACCOUNTS}, after: $after, condition: { poolId: 1 }, orderBy: [REF_ASC]) {
      nodes { ref owner status balance equity } } }`,
    arguments: async (ask) => {
      const query = `query ($after: Cursor) { allAccounts(first: ${ACCOUNTS}, after: $after, condition: { poolId: 1 }, orderBy: [REF_ASC]) {
        pageInfo { endCursor } } }`;
      const cursors = await follow(
        ACCOUNT_PAGES,
        async (after) => ((await ask(query, { after })) as Json).allAccounts.pageInfo.endCursor,
      );
      return cursors.map((after) => ({ after }));
    },
    read: ({ allAccounts }: Json) =>
      allAccounts.nodes.map((a: Json) => [a.ref, a.owner, a.status, a.balance, a.equity]),
  },
  haircuts: {
    query: `query Haircuts($sequence: BigInt!, $after: Cursor) {
      allHaircuts(first: ${HAIRCUTS}, after: $after, condition: { poolId: 1, sequence: $sequence }, orderBy: [PRIMARY_KEY_ASC]) {
        nodes { account { ref } sequence amount profit balanceAfter } } }`,
    arguments: async (ask, { sequences }) => {
      const query = `query ($sequence: BigInt!, $after: Cursor) { allHaircuts(first: ${HAIRCUTS}, after: $after,
        condition: { poolId: 1, sequence: $sequence }, orderBy: [PRIMARY_KEY_ASC]) { pageInfo { endCursor } } }`;
      const asked: Asked[] = [];
      for (const sequence of sequences) {
        const cursors = await follow(
          PAGES,
          async (after) => ((await ask(query, { sequence, after })) as Json).allHaircuts.pageInfo.endCursor,
        );
        for (const after of cursors) asked.push({ sequence, after });
      }
      return asked;
    },
    read: ({ allHaircuts }: Json) =>
      allHaircuts.nodes.map((h: Json) => [h.account.ref, h.sequence, h.amount, h.profit, h.balanceAfter]),
  },
};

export const SERVERS = {
  shearwater: SHEARWATER,
  mercurius: MERCURIUS,
  postgraphile: POSTGRAPHILE,
} as const satisfies Record<string, Record<QuestionName, Question>>;
export type ServerName = keyof typeof SERVERS;
