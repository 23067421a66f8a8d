import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** What Chromium is called where Debian and others install it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export function chromiumPath(): string {
  const folders = (process.env.PATH ?? '').split(':');
  for (const name of NAMES) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not there.
      }
    }
  }
  throw new Error('npm run test:browser runs Chromium, which is not installed: apt-get install chromium');
}

/** Before all tests of the lane: it fails as a whole where there is no browser. */
export default function setup(): void {
  chromiumPath();
}
