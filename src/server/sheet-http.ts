import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GraphQLError } from 'graphql';
import type { TokenVerifier } from '../auth/tokens.ts';
import { mayUsePool, readsEverything } from '../auth/viewer.ts';
import type { Database } from '../db/database.ts';
import { findable } from '../settlement/locked-pool.ts';
import { openSheet, sheetCsv, sheetNdjson } from '../settlement/sheet.ts';
import { authenticate } from './authenticate.ts';

/** `/sheets/{pool}/{sequence}.ndjson` or `.csv`, the pool's name URL-encoded. */
const PATH = /^\/sheets\/([^/]+)\/([1-9]\d{0,17})\.(ndjson|csv)$/;

/** Sheets that one process streams at a time: each reads some thousand rows at once for as long as its reader takes. */
const MAX_AT_ONCE = 4;

const TYPES = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
} as const;

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Streams the whole sheet of a settlement to those who may read every account of its pool. */
export function sheetHttp({ db, verify }: { db: Database; verify: TokenVerifier }) {
  let streaming = 0;

  const open = async (req: IncomingMessage, pathname: string) => {
    if (req.method !== 'GET') throw new Refused(405, 'sheets are read with GET');
    const viewer = await authenticate(verify, req.headers.authorization);
    if (!viewer) throw new Refused(401, 'send a bearer token: `authorization: Bearer <token>`');
    const [, encoded, sequence, format] = PATH.exec(pathname) ?? [];
    const name = encoded === undefined ? null : decode(encoded);
    if (name === null)
      throw new Refused(404, 'not found: a sheet is at /sheets/{pool}/{sequence}.ndjson or .csv');
    if (!readsEverything(viewer) || !mayUsePool(viewer, name)) {
      throw new Refused(
        403,
        'a sheet holds every account: it takes ANALYST, INTEGRATOR or ADMIN in this pool',
      );
    }
    const [pool] = findable(name)
      ? await db.sql<
          { pool_id: number; decimals: number }[]
        >`select pool_id, decimals from pools where name = ${name}`
      : [];
    const sheet =
      pool &&
      (await openSheet(db, { poolId: pool.pool_id, name, decimals: pool.decimals }, BigInt(sequence!)));
    if (!sheet)
      throw new Refused(404, 'not found: the pool has no settlement with haircuts at that sequence');
    return { sheet, format: format as keyof typeof TYPES, file: `haircuts-${sequence}.${format}` };
  };

  return async (req: IncomingMessage, res: ServerResponse, pathname: string): Promise<void> => {
    try {
      const { sheet, format, file } = await open(req, pathname);
      if (streaming >= MAX_AT_ONCE) throw new Refused(429, 'too many sheets at once: ask again in a moment');
      streaming++;
      try {
        res.writeHead(200, {
          'content-type': TYPES[format],
          'content-disposition': `attachment; filename="${file}"`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'private, no-store',
        });
        await pipeline(Readable.from(format === 'csv' ? sheetCsv(sheet) : sheetNdjson(sheet)), res);
      } finally {
        streaming--;
      }
    } catch (error) {
      if (res.headersSent) {
        // The reader left, or the database did: a sheet without its last line shows that it is not whole.
        res.destroy();
        return;
      }
      const status = error instanceof Refused ? error.status : error instanceof GraphQLError ? 401 : null;
      if (status === null) throw error;
      res
        .writeHead(status, {
          'content-type': 'text/plain; charset=utf-8',
          'x-content-type-options': 'nosniff',
          ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
        })
        .end(`${(error as Error).message}\n`);
    }
  };
}

/** A name in a path; null where it is no UTF-8. */
function decode(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}
