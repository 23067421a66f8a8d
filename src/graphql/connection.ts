import { builder } from './builder.ts';
import type { Context } from './context.ts';
import {
  type Collection,
  encodeCursor,
  type Filter,
  type Page,
  type PageArgs,
  pageRequest,
} from './paging.ts';

/** A page that is read when a field asks for it, and a count likewise. */
export interface Connection<Row> {
  readonly page: () => Promise<Page<Row>>;
  readonly count: () => Promise<number>;
  cursorOf(row: Row): string;
}

interface Edge<Row> {
  readonly node: Row;
  cursorOf(row: Row): string;
}

const PageInfo = builder.objectRef<Connection<never>>('PageInfo').implement({
  fields: (t) => ({
    hasNextPage: t.boolean({ resolve: async (connection) => (await connection.page()).hasNextPage }),
    hasPreviousPage: t.boolean({ resolve: async (connection) => (await connection.page()).hasPreviousPage }),
    startCursor: t.string({
      nullable: true,
      resolve: async ({ page, cursorOf }) => {
        const first = (await page()).rows[0];
        return first === undefined ? null : cursorOf(first);
      },
    }),
    endCursor: t.string({
      nullable: true,
      resolve: async ({ page, cursorOf }) => {
        const last = (await page()).rows.at(-1);
        return last === undefined ? null : cursorOf(last);
      },
    }),
  }),
});

/** The connection and edge types of a node. */
export function connectionType<Row>(node: ReturnType<typeof builder.objectRef<Row>>, name: string) {
  const EdgeRef = builder.objectRef<Edge<Row>>(`${name}Edge`).implement({
    fields: (t) => ({
      cursor: t.string({ resolve: (edge) => edge.cursorOf(edge.node) }),
      node: t.field({ type: node, resolve: (edge) => edge.node as never }),
    }),
  });
  return builder.objectRef<Connection<Row>>(`${name}Connection`).implement({
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        resolve: async ({ page, cursorOf }) => (await page()).rows.map((row) => ({ node: row, cursorOf })),
      }),
      pageInfo: t.field({ type: PageInfo, resolve: (connection) => connection as never }),
      totalCount: t.int({ resolve: ({ count }) => count() }),
    }),
  });
}

/** One list of one parent. */
export function connect<Parent, Row>(
  context: Context,
  collection: Collection<Parent, Row>,
  parent: Parent,
  args: PageArgs,
  filter: Filter,
): Connection<Row> {
  const request = pageRequest(args, collection.isKeys);
  const { loaders } = context;
  return {
    page: () => loaders.pages(collection, request, filter).load(parent),
    count: () => loaders.counts(collection, filter).load(parent),
    cursorOf: (row) => encodeCursor(collection.keysOf(row)),
  };
}

/** A list over several pools: makes sure that the pools of its rows can be named before any field of them is read. */
export function overPools<Row extends { readonly poolId: number }>(
  { pools }: Context,
  connection: Connection<Row>,
): Connection<Row> {
  return {
    ...connection,
    page: async () => {
      const page = await connection.page();
      await pools.resolve(page.rows.map((row) => row.poolId));
      return page;
    },
  };
}
