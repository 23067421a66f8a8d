/** The least of RFC 6455 that a client needs which speaks short texts and hears longer ones. */

const TEXT = 0x81;
const MASKED = 0x80;

/** A masked text frame, as clients send them; the mask is zero, which is as good as any for those who own both ends. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126
      ? [MASKED | payload.length]
      : [MASKED | 126, payload.length >> 8, payload.length & 255];
  if (payload.length > 65_535) throw new Error('too long a text');
  return Buffer.concat([Buffer.from([TEXT, ...length, 0, 0, 0, 0]), payload]);
}

/** Takes bytes as they come and tells each text; pings and other control frames are passed over. */
export class FrameReader {
  readonly #onText: (text: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  take(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      if (bytes.length < 2) break;
      const short = bytes[1]! & 127;
      if (short === 127) throw new Error('too long a frame');
      const header = short === 126 ? 4 : 2;
      if (bytes.length < header) break;
      const length = short === 126 ? bytes.readUInt16BE(2) : short;
      if (bytes.length < header + length) break;
      if (bytes[0] === TEXT) this.#onText(bytes.toString('utf8', header, header + length));
      bytes = bytes.subarray(header + length);
    }
    this.#rest = bytes;
  }
}
