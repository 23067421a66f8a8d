import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { nodeId } from '../../graphql/ids.ts';
import { SheetOfDocument } from '../generated/graphql.ts';
import { type Api, found, unreachable } from '../kit/api.ts';
import { RefusedError } from '../kit/errors.ts';
import { splitLines } from './lines.ts';

export interface ServedSheet {
  /** The root that the server tells everybody. */
  readonly root: string;
  /** @param onLine called with how many lines came so far */
  lines(onLine: (count: number) => void): AsyncGenerator<string>;
}

/** The sheet of a settlement, as the server gives it out to those who may read every account. */
export async function openSheet(api: Api, pool: string, sequence: string): Promise<ServedSheet> {
  const { node } = await api.ask(SheetOfDocument, { id: nodeId('Settlement', pool, sequence) });
  const settlement = found(node, `settlement ${sequence} in ${pool}`);
  const commitment = 'commitment' in settlement ? settlement.commitment : null;
  if (!commitment)
    throw new RefusedError(
      'NOT_FOUND',
      `Settlement ${sequence} of ${pool} took nothing from anybody: there is nothing to verify.`,
    );
  const response = await api.get(commitment.sheetPath);
  if (!response.ok)
    throw new RefusedError(response.status === 403 ? 'FORBIDDEN' : 'REFUSED', (await response.text()).trim());
  return { root: commitment.root, lines: (onLine) => linesOf(api, response.body, onLine) };
}

async function* linesOf(api: Api, body: Response['body'], onLine: (count: number) => void) {
  const chunks = Readable.fromWeb(body as NodeReadableStream).setEncoding('utf8');
  let count = 0;
  try {
    for await (const line of splitLines(chunks, () => new Error('what came is no sheet'))) {
      onLine(++count);
      yield line;
    }
  } catch (error) {
    throw unreachable(`The sheet of ${api.url} broke off: ${(error as Error).message}`);
  }
}
