import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeOnce } from '../db/embedded/write-once.ts';
import { MIN_SECRET_BYTES } from './setting-forms.ts';
import { SettingsError } from './settings.ts';

/**
 * The HS256 secret of a server without AUTH_JWT_SECRET: DATA_DIR/jwt-secret, made at first use. The server and the
 * token command may both be the first, even at once: they get the same one.
 */
export async function embeddedSecret(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const path = join(dataDir, 'jwt-secret');
  const secret = (await writeOnce(path, `${randomBytes(48).toString('base64url')}\n`)).trim();
  if (Buffer.byteLength(secret) >= MIN_SECRET_BYTES) return secret;
  throw new SettingsError(
    `${path} holds fewer than ${MIN_SECRET_BYTES} bytes: remove it, and a new one is made`,
  );
}
