import { Column } from 'drizzle-orm';
import { type Decode, decoder } from '../db/rows.ts';

/** What to read of a list or an entity: a table or view, known as `t`, and its columns as SQL has them. */
export interface View<Row> {
  /** Tells it from all others. */
  readonly view: number;
  readonly from: string;
  readonly select: string;
  /** Of the rows `r` that were selected so, what is sent where that is not all of them as they are. */
  readonly send?: string | undefined;
  /** It leaves out what memory knows (recall.ts). */
  readonly recalls: boolean;
  /** Leaves undefined what is not selected. */
  readonly decode: Decode<Row>;
}

export interface ViewOptions<Row> {
  readonly columns: Readonly<Record<keyof Row, Column>>;
  /** What is always read: what a row is known by, and what a list is ordered by where its cursors are no fields (selection.ts). */
  readonly always: readonly (keyof Row)[];
  /** What its parent tells of each row of a list, so that it is not read. */
  readonly known?: readonly (keyof Row & string)[];
  /** What each field is made of beyond that. */
  readonly fields: Readonly<Record<string, readonly (keyof Row)[]>>;
  /** What a field that is not named needs to read the rest by itself. */
  readonly others?: readonly (keyof Row)[];
  /** Where columns come from, the cheapest first; the last has all. */
  readonly sources: readonly {
    readonly from: string;
    readonly columns?: readonly (keyof Row)[];
    readonly recalls?: boolean;
  }[];
}

/** A column that the database makes of others. */
interface TextColumn extends Column {
  readonly of?: readonly Column[];
}

/**
 * A column, or the sum of several, as the database prints it, under a name of its own: what reads it so is another list than what
 * reads its number.
 */
export const asText = (...of: readonly [Column, ...Column[]]): Column =>
  ({
    ...{ name: `${of.map(({ name }) => name).join('_')}_text`, of },
    mapFromDriverValue: Column.prototype.mapFromDriverValue,
  }) as unknown as TextColumn;

const storedOf = (column: Column): readonly Column[] => (column as TextColumn).of ?? [column];

const sentAs = ({ name, of }: TextColumn): string =>
  of === undefined ? `r.${name}` : `${of.map((column) => `r.${column.name}`).join(' + ')} as ${name}`;

let views = 0;

/** The views of a type: for each selection the least that has its columns, made once. */
export class Views<Row> {
  readonly #options: ViewOptions<Row>;
  readonly #byText = new Map<string, View<Row>>();
  readonly #bySelection = [new WeakMap<ReadonlySet<string>, View<Row>>(), new WeakMap()] as const;

  constructor(options: ViewOptions<Row>) {
    this.#options = options;
  }

  /** @param computed whether a filter reads what only the last source tells */
  of(fields: ReadonlySet<string>, computed = false): View<Row> {
    const known = this.#bySelection[computed ? 1 : 0];
    const view = known.get(fields) ?? this.#find(fields, computed);
    known.set(fields, view);
    return view;
  }

  #find(fields: ReadonlySet<string>, computed: boolean): View<Row> {
    const { columns, always, known = [], fields: madeOf, others = [], sources } = this.#options;
    const wanted = new Set(always);
    for (const field of fields) {
      for (const column of madeOf[field] ?? others) wanted.add(column);
    }
    for (const column of known) wanted.delete(column);
    const names = [...wanted].sort();
    const sent = names.map((name) => columns[name]);
    const stored = [...new Set(sent.flatMap(storedOf).map(({ name }) => name))].sort();
    const has = (source: (typeof sources)[number]) => {
      if (!source.columns) return true;
      const own = new Set(source.columns.map((name) => columns[name].name));
      return !computed && stored.every((name) => own.has(name));
    };
    const { from, recalls = false } = sources.find(has)!;
    const select = stored.map((name) => `t.${name}`).join(', ');
    const isAsStored = sent.every((column) => storedOf(column)[0] === column);
    const send = isAsStored ? undefined : sent.map(sentAs).join(', ');
    const text = `${from} ${select} ${send}`;
    const found = this.#byText.get(text);
    if (found) return found;
    const decode = decoder<Row>(Object.fromEntries(names.map((name) => [name, columns[name]])), known);
    const view = { view: ++views, from, select, send, recalls, decode };
    this.#byText.set(text, view);
    return view;
  }
}
