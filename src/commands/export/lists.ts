import type { Shearwater } from '../../client/create.ts';
import { nodeId } from '../../graphql/ids.ts';

export type Row = Readonly<Record<string, string | null | undefined>>;

export interface List {
  readonly name: string;
  readonly columns: readonly string[];
  /** Oldest first. */
  rows(client: Shearwater, pool: string, settlement: string | undefined): AsyncIterable<Row>;
}

async function* haircuts(client: Shearwater, pool: string, settlement: string | undefined) {
  if (settlement !== undefined) yield* haircutsOf(client, nodeId('Settlement', pool, settlement));
  else for await (const { id } of client.settlements(pool)) yield* haircutsOf(client, id);
}

async function* haircutsOf(client: Shearwater, id: string): AsyncGenerator<Row> {
  for await (const { id: _, sequence, account, settlement: __, ...rest } of client.settlementHaircuts(id))
    yield { settlement: sequence, account: account.ref, ...rest };
}

async function* losses(client: Shearwater, pool: string): AsyncGenerator<Row> {
  for await (const { id: _, account, ...rest } of client.lossEvents(pool))
    yield { ...rest, account: account?.ref ?? null };
}

export const LISTS: readonly List[] = [
  {
    name: 'haircuts',
    columns: [
      'settlement',
      'account',
      'amount',
      'profit',
      'cap',
      'recovered',
      'balanceBefore',
      'balanceAfter',
    ],
    rows: haircuts,
  },
  {
    name: 'fund',
    columns: ['sequence', 'kind', 'amount', 'balanceAfter', 'ref', 'createdAt'],
    rows: (client, pool) => client.fundEntries(pool),
  },
  {
    name: 'losses',
    columns: [
      ...['sequence', 'ref', 'status', 'account', 'deficit', 'recourse', 'operatorCapital', 'fundDraw'],
      ...['socialized', 'uncovered', 'recovered', 'openedAt'],
    ],
    rows: losses,
  },
];
