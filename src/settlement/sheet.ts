import type { Haircut, PartHaircut } from '../core/proof/format.ts';
import { SHEET_FORMAT, type SheetEnd, type SheetHeader, toJson } from '../core/proof/format.ts';
import type { Database } from '../db/database.ts';
import { haircutRow } from '../db/rows.ts';
import { type Committed, haircutOf, partHaircut, readCommitted } from './proofs.ts';

/** The whole sheet of a settlement: every haircut with what it follows from, for those who may read all accounts. */
export interface Sheet {
  readonly header: SheetHeader;
  readonly haircuts: AsyncIterable<Haircut>;
}

const ROWS = 2_000;

/** Opens the sheet of a settlement, or null where there is none: no such settlement, or nobody bore a haircut. */
export async function openSheet(
  db: Database,
  pool: { readonly poolId: number; readonly name: string; readonly decimals: number },
  sequence: bigint,
): Promise<Sheet | null> {
  const { poolId, name, decimals } = pool;
  const [committed] = (await readCommitted(db, [{ poolId, sequence }])).values();
  if (!committed) return null;
  const { commitment } = committed;
  return {
    header: { format: SHEET_FORMAT, pool: name, sequence, decimals, commitment },
    haircuts: readHaircuts(db, poolId, sequence, committed),
  };
}

/** In byte order of account refs, a page at a time: the rows never change, so no transaction needs to stay open. */
async function* readHaircuts(
  { sql }: Database,
  poolId: number,
  sequence: bigint,
  committed: Committed,
): AsyncGenerator<Haircut> {
  const at = sequence.toString();
  for (let from = 1; from <= committed.settlement.haircutCount; from += ROWS) {
    const page = sql`pool_id = ${poolId} and sequence = ${at} and ordinal between ${from} and ${from + ROWS - 1}`;
    const [rows, partRows] = await Promise.all([
      sql`select * from haircut_notice where ${page} order by ordinal`,
      sql`select * from haircut_parts where ${page} order by ordinal, part`,
    ]);
    const parts = new Map<number, PartHaircut[]>();
    for (const raw of partRows) {
      const own = parts.get(raw.ordinal);
      if (own) own.push(partHaircut(raw));
      else parts.set(raw.ordinal, [partHaircut(raw)]);
    }
    for (const row of rows.map(haircutRow)) yield haircutOf(row, committed, parts.get(row.ordinal) ?? []);
  }
}

/** The sheet as lines of JSON: what `npm run verify` reads. */
export async function* sheetNdjson({ header, haircuts }: Sheet): AsyncGenerator<string> {
  yield `${toJson(header)}\n`;
  let count = 0;
  for await (const haircut of haircuts) {
    count++;
    yield `${toJson(haircut)}\n`;
  }
  const end: SheetEnd = { end: true, haircuts: count };
  yield `${toJson(end)}\n`;
}

const COLUMNS = [
  'account',
  'amount',
  'profit',
  'cap',
  'part',
  'part_amount',
  'part_profit',
  'part_cap',
  'weight',
  'salt',
];

/** The sheet as CSV (RFC 4180), for spreadsheets: a line for each part of a haircut, amounts in atoms. */
export async function* sheetCsv({ haircuts }: Sheet): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const { account, amount, profit, cap, parts, salt } of haircuts) {
    for (const part of parts) {
      const fields = [
        csvText(account),
        ...[amount, profit, cap],
        ...[part.part, part.amount, part.profit, part.cap, part.weight],
        salt,
      ];
      yield `${fields.join(',')}\r\n`;
    }
  }
}

/** A name in quotes; one that a spreadsheet would take for a formula is kept from it by an apostrophe. */
const csvText = (text: string): string =>
  `"${/^[=+\-@]/.test(text) ? "'" : ''}${text.replaceAll('"', '""')}"`;
