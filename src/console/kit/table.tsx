import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly head: string;
  /** Numbers stand to the right, digit below digit. */
  readonly number?: boolean;
  readonly cell: (row: Row) => ReactNode;
  /** Whether it is bad news. */
  readonly bad?: (row: Row) => boolean;
}

interface TableProps<Row> {
  readonly label: string;
  /** The first names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** As many rows high, filled or not, and each a place: what comes on top moves nothing. */
  readonly places?: number;
}

/** A table that scrolls sideways by itself where it is wider than the page, by keyboard too. */
export function Table<Row>({ label, columns, rows, keyOf, places }: TableProps<Row>) {
  const classOf = ({ number, bad }: Column<Row>, row?: Row) =>
    [number && 'number', row !== undefined && bad?.(row) && 'bad'].filter(Boolean).join(' ') || undefined;
  const blank = Math.max(0, (places ?? 0) - rows.length);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or arrow keys cannot scroll it.
    <section className="scroll" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.head} scope="col" className={classOf(column)}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={places === undefined ? keyOf(row) : i}>
              {columns.map((column, place) =>
                place === 0 ? (
                  <th key={column.head} scope="row" className={classOf(column, row)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.head} className={classOf(column, row)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {blank > 0 && <div style={{ height: `${blank * 2.2}rem` }} />}
    </section>
  );
}
