import type { Books } from '../settlement/books.ts';
import type { ListedAccount } from './account-view.ts';
import type { ListedHaircut } from './haircut-view.ts';
import type { Recall } from './paging.ts';

/*
 * What lists need not read, because the pool's book in memory (settlement/books.ts) knows it: the statement itself says whether the
 * database stands where the book does, so that what memory adds is of the same moment as the rest.
 */

interface OfPool {
  readonly poolId: number;
}

type Filled<Row> = { -readonly [Name in keyof Row]?: Row[Name] | null };

/** The journal of the pool `k` has the book's place: what never changes of that history is as the book has it. */
const HAS_BEEN_THERE = `exists (select from journal j
  where j.pool_id = k.pool_id and j.sequence = k.at_sequence and j.committed_at = k.at_time)`;

/**
 * And nothing was committed since: all is as the book has it. While a pool is halted its rows may be mended, and no commit tells of
 * that: then they are read.
 */
export const STANDS_THERE = `(${HAS_BEEN_THERE} and
  exists (select from pools p where p.pool_id = k.pool_id and p.sequence = k.at_sequence and p.status = 'ACTIVE'))`;

/** The account of this number is among those that the book knew at its place. */
export const isKnownThere = (accountNo: string): string =>
  `(${HAS_BEEN_THERE} and ${accountNo} <= k.at_accounts)`;

/** What accounts have, and what their positions are worth at the marks. */
export const valuesInMemory = (books: Books): Recall<OfPool, ListedAccount> => ({
  placeOf: ({ poolId }) => books.placeOf(poolId),
  complete(rows, { poolId }, place) {
    // It may have gone on since it was asked where it stands.
    const isThere = books.stillAt(poolId, place);
    const { values } = place.book;
    for (const row of rows as readonly Filled<ListedAccount>[]) {
      const lacksPnl = row.unrealized === null || row.unrealizedPnlText === null || row.equityText === null;
      if (!lacksPnl && row.balance !== null && row.balanceText !== null) {
        books.fellBehind(poolId);
        return true;
      }
      if (!isThere) return false;
      const balance = values.balanceOf(row.accountNo!);
      if (row.balance === null) row.balance = balance;
      if (row.balanceText === null) row.balanceText = balance.toString();
      if (!lacksPnl) continue;
      const unrealized = values.unrealizedOf(row.accountNo!);
      if (row.unrealized === null) row.unrealized = unrealized;
      if (row.unrealizedPnlText === null) row.unrealizedPnlText = unrealized.toString();
      if (row.equityText === null) row.equityText = (balance + unrealized).toString();
    }
    return true;
  },
});

/** Whose accounts haircuts are: an account keeps its name and its owner. */
export const namesInMemory = (books: Books): Recall<OfPool, ListedHaircut> => ({
  placeOf: ({ poolId }) => books.placeOf(poolId),
  complete(rows, { poolId }, { book }) {
    let isBehind = false;
    for (const row of rows as readonly Filled<ListedHaircut>[]) {
      isBehind ||= row.accountRef !== null && row.accountOwner !== null;
      if (row.accountRef === null) row.accountRef = book.refOf(row.accountNo!);
      if (row.accountOwner === null) row.accountOwner = book.ownerOf(row.accountNo!);
    }
    if (isBehind) books.fellBehind(poolId);
    return true;
  },
});
