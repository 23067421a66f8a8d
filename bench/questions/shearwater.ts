import { POOL } from '../support/pool.ts';
import {
  ACCOUNTS,
  type Asked,
  cursors,
  HAIRCUT_PLACES,
  HAIRCUTS,
  type Json,
  LAST,
  type Questions,
} from './question.ts';

export const shearwater: Questions = {
  account: {
    query: `query Account($ref: String!) { pool(name: "${POOL}") { account(ref: $ref) { ref owner status balance
      positions { market { symbol } size } haircuts(last: ${LAST}) { edges { node { sequence amount profit balanceAfter } } } } } }`,
    arguments: async (_, { accounts }) => accounts.map((ref) => ({ ref })),
    read: ({ pool: { account: a } }) => [
      ...[a.ref, a.owner, a.status, a.balance],
      a.positions.map(({ market, size }: Json) => [market.symbol, size]),
      a.haircuts.edges.map(({ node: h }: Json) => [h.sequence, h.amount, h.profit, h.balanceAfter]),
    ],
  },
  equity: {
    query: `query Equity($after: String) { pool(name: "${POOL}") { accounts(first: ${ACCOUNTS}, after: $after) {
      edges { node { ref owner status balance equity } } } } }`,
    async arguments(ask, { accounts }) {
      const query = `query ($first: Int!, $after: String) { pool(name: "${POOL}") {
        accounts(first: $first, after: $after) { edges { cursor } } } }`;
      const places = await cursors(
        accounts.length - ACCOUNTS,
        async (first, after) => (await ask(query, { first, after })).pool.accounts.edges,
      );
      return places.map((after) => ({ after }));
    },
    read: ({ pool }) =>
      pool.accounts.edges.map(({ node: a }: Json) => [a.ref, a.owner, a.status, a.balance, a.equity]),
  },
  haircuts: {
    query: `query Haircuts($id: ID!, $after: String) { node(id: $id) { ... on Settlement { haircuts(first: ${HAIRCUTS}, after: $after) {
      edges { node { account { ref } sequence amount profit balanceAfter } } } } } }`,
    async arguments(ask, { sequences }) {
      const all = await ask(
        `{ pool(name: "${POOL}") { settlements(first: 1000) { edges { node { id sequence } } } } }`,
        {},
      );
      const ids = new Map<string, string>(
        all.pool.settlements.edges.map(({ node }: Json) => [node.sequence, node.id]),
      );
      const query = `query ($id: ID!, $first: Int!, $after: String) { node(id: $id) { ... on Settlement {
        haircuts(first: $first, after: $after) { edges { cursor } } } } }`;
      const asked: Asked[] = [];
      for (const sequence of sequences) {
        const id = ids.get(sequence)!;
        const places = await cursors(
          HAIRCUT_PLACES,
          async (first, after) => (await ask(query, { id, first, after })).node.haircuts.edges,
        );
        asked.push(...places.map((after) => ({ id, after })));
      }
      return asked;
    },
    read: ({ node }) =>
      node.haircuts.edges.map(({ node: h }: Json) => [
        ...[h.account.ref, h.sequence, h.amount, h.profit, h.balanceAfter],
      ]),
  },
};
