import { ACCOUNTS, HAIRCUT_PLACES, HAIRCUTS, type Json, LAST, type Questions } from './question.ts';

/** Its lists are plain, and page by the keys themselves. */
export const mercurius: Questions = {
  account: {
    query: `query Account($ref: String!) { account(ref: $ref) { ref owner status balance
      positions { market size } haircuts(last: ${LAST}) { sequence amount profit balanceAfter } } }`,
    arguments: async (_, { accounts }) => accounts.map((ref) => ({ ref })),
    read: ({ account: a }) => [
      ...[a.ref, a.owner, a.status, a.balance],
      a.positions.map(({ market, size }: Json) => [market, size]),
      a.haircuts.map((h: Json) => [h.sequence, h.amount, h.profit, h.balanceAfter]),
    ],
  },
  equity: {
    query: `query Equity($after: String!) { accounts(first: ${ACCOUNTS}, after: $after) { ref owner status balance equity } }`,
    arguments: async (_, { accounts }) => accounts.slice(0, -ACCOUNTS).map((after) => ({ after })),
    read: ({ accounts }) => accounts.map((a: Json) => [a.ref, a.owner, a.status, a.balance, a.equity]),
  },
  haircuts: {
    query: `query Haircuts($sequence: String!, $after: Int!) { haircuts(sequence: $sequence, first: ${HAIRCUTS}, after: $after) {
      account sequence amount profit balanceAfter } }`,
    arguments: async (_, { sequences }) =>
      sequences.flatMap((sequence) =>
        Array.from({ length: HAIRCUT_PLACES }, (_, place) => ({ sequence, after: place + 1 })),
      ),
    read: ({ haircuts }) =>
      haircuts.map((h: Json) => [h.account, h.sequence, h.amount, h.profit, h.balanceAfter]),
  },
};
