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

/** In the order of a key and without counts, so that none of its pages sorts or counts what it does not show. */
const accounts = (page: string, selected: string) =>
  `allAccounts(${page}, condition: { poolId: 1 }, orderBy: [REF_ASC]) { ${selected} }`;
const haircuts = (page: string, selected: string) =>
  `allHaircuts(${page}, condition: { poolId: 1, sequence: $sequence }, orderBy: [PRIMARY_KEY_ASC]) { ${selected} }`;

export const postgraphile: Questions = {
  account: {
    query: `query Account($ref: String!) { accountByPoolIdAndRef(poolId: 1, ref: $ref) { ref owner status balance
      positionsList { market size } haircuts(last: ${LAST}, orderBy: [SEQUENCE_ASC]) { nodes { sequence amount profit balanceAfter } } } }`,
    arguments: async (_, places) => places.accounts.map((ref) => ({ ref })),
    read: ({ accountByPoolIdAndRef: a }) => [
      ...[a.ref, a.owner, a.status, a.balance],
      a.positionsList.map(({ market, size }: Json) => [market, size]),
      a.haircuts.nodes.map((h: Json) => [h.sequence, h.amount, h.profit, h.balanceAfter]),
    ],
  },
  equity: {
    query: `query Equity($after: Cursor) { ${accounts(`first: ${ACCOUNTS}, after: $after`, 'nodes { ref owner status balance equity }')} }`,
    async arguments(ask, places) {
      const query = `query ($first: Int!, $after: Cursor) { ${accounts('first: $first, after: $after', 'edges { cursor }')} }`;
      const found = await cursors(
        places.accounts.length - ACCOUNTS,
        async (first, after) => (await ask(query, { first, after })).allAccounts.edges,
      );
      return found.map((after) => ({ after }));
    },
    read: ({ allAccounts }) =>
      allAccounts.nodes.map((a: Json) => [a.ref, a.owner, a.status, a.balance, a.equity]),
  },
  haircuts: {
    query: `query Haircuts($sequence: BigInt!, $after: Cursor) {
      ${haircuts(`first: ${HAIRCUTS}, after: $after`, 'nodes { account sequence amount profit balanceAfter }')} }`,
    async arguments(ask, { sequences }) {
      const query = `query ($sequence: BigInt!, $first: Int!, $after: Cursor) {
        ${haircuts('first: $first, after: $after', 'edges { cursor }')} }`;
      const asked: Asked[] = [];
      for (const sequence of sequences) {
        const found = await cursors(
          HAIRCUT_PLACES,
          async (first, after) => (await ask(query, { sequence, first, after })).allHaircuts.edges,
        );
        asked.push(...found.map((after) => ({ sequence, after })));
      }
      return asked;
    },
    read: ({ allHaircuts }) =>
      allHaircuts.nodes.map((h: Json) => [h.account, h.sequence, h.amount, h.profit, h.balanceAfter]),
  },
};
