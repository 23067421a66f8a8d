import type { IncomingMessage } from 'node:http';

/** Room for 10,000 items of the longest kind, and no more. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

const tooLarge = () =>
  new BodyTooLarge(`The request is larger than ${MAX_BODY_BYTES} bytes: send fewer items a call.`);

/** Reads a request's body, and stops at the limit whatever its headers say. */
export function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        req.pause();
        return reject(tooLarge());
      }
      chunks.push(chunk);
    });
    req.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // Also where the caller leaves in mid-sentence.
    req.once('error', reject);
  });
}
