import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** What src/core/proof asks for: at once, which the browser's own is not. */
export const sha256 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)));
