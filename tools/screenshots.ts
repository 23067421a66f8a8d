/**
 * `npm run screenshots`: the pictures of docs/console.md, taken of the demo's day on a server of its own. It needs Chromium, and
 * pngquant to make them small.
 */
import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { signToken } from '../demo/client.ts';
import { startDemoServer } from '../demo/start.ts';
import { openOctober } from '../test/browser/october.ts';
import { chromiumPath } from '../test/browser/programs.ts';
import { inRoot } from './checks/check.ts';

const SECRET = 'for pictures only: the server ends with them';
const OUT = inRoot('docs', 'images');
const MAX_BYTES = 150_000;

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly as: readonly [subject: string, role: string];
  readonly scheme: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  /** What to wait for, and to do before. */
  readonly ready: (page: Page) => Promise<unknown>;
}

async function take(
  url: string,
  { name, path, as, scheme, width = 1280, height = 900, ready }: Picture,
): Promise<void> {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: process.getuid!() === 0 ? ['--no-sandbox', '--hide-scrollbars'] : ['--hide-scrollbars'],
  });
  try {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    await page.goto(`${url}${path}#token=${await signToken(SECRET, ...as)}`);
    await ready(page);
    const file = `${OUT}/${name}.png`;
    await page.screenshot({ path: file, animations: 'disabled' });
    await promisify(execFile)('pngquant', [
      '--force',
      '--skip-if-larger',
      '--output',
      file,
      '64',
      file,
    ]).catch((error) => {
      // 98 and 99 say that it would not become smaller or good enough: then it stays as it is.
      if (error.code === 'ENOENT') throw new Error('pngquant is not installed: apt-get install pngquant');
      if (error.code !== 98 && error.code !== 99) throw error;
    });
    const { size } = await stat(file);
    console.log(`${name}: ${Math.round(size / 1000)} KB`);
    if (size > MAX_BYTES) throw new Error(`${name} is larger than ${MAX_BYTES} bytes: show less of it`);
  } finally {
    await browser.close();
  }
}

await mkdir(OUT, { recursive: true });
let stop = async () => {};
try {
  const { url } = await startDemoServer(SECRET, console.log, (how) => {
    stop = how;
  });
  const { pool, winner, settle } = await openOctober(url, SECRET);
  const analyst = ['risk', 'ANALYST'] as const;
  await take(url, {
    ...{ name: 'methods', path: `/pools/${pool}/methods`, as: analyst, scheme: 'light', height: 640 },
    ready: (page) => page.getByText('Pro rata').waitFor(),
  });
  const { sequence } = await settle();
  await take(url, {
    ...{ name: 'pool', path: `/pools/${pool}`, as: analyst, scheme: 'light', height: 1000 },
    ready: (page) => page.getByText(`settlement ${sequence}`).first().waitFor(),
  });
  await take(url, {
    ...{ name: 'settlement', path: `/pools/${pool}/settlements`, as: analyst, scheme: 'dark', height: 1180 },
    ready: async (page) => {
      await page.getByRole('link', { name: sequence, exact: true }).click();
      await page.getByRole('slider', { name: 'Rank' }).waitFor();
    },
  });
  await take(url, {
    ...{
      name: 'account',
      path: `/accounts/${pool}/${winner}`,
      as: [winner, 'TRADER'],
      scheme: 'dark',
      height: 1010,
    },
    ready: (page) => page.getByRole('button', { name: '✓ proven' }).click(),
  });
  await take(url, {
    ...{
      name: 'phone',
      path: `/accounts/${pool}/${winner}`,
      as: [winner, 'TRADER'],
      scheme: 'light',
      width: 360,
      height: 780,
    },
    ready: (page) => page.getByText('✓ proven').waitFor(),
  });
  await take(url, {
    ...{ name: 'stress', path: `/pools/${pool}/stress`, as: analyst, scheme: 'light', height: 1010 },
    ready: (page) => page.getByText('all else as the sliders stand').waitFor(),
  });
  await take(url, {
    ...{ name: 'simulation', path: `/pools/${pool}/simulation`, as: analyst, scheme: 'dark', height: 1250 },
    ready: async (page) => {
      await page.getByRole('button', { name: 'Simulate' }).click();
      await page.getByText('Done:').waitFor({ timeout: 120_000 });
    },
  });
} finally {
  await stop();
}
process.exit();
