import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Claims, signToken } from '../support/server.ts';
import { chromiumPath } from './programs.ts';

/** A browser for a test file, whose pages fail the test for whatever they complain about. */

const AXE = axe.source;

/** Told by the browser, to a page that is closed: what moved without anybody having touched anything. */
const WATCH_SHIFTS = `
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) {
        window.shifts.push({ value: entry.value, nodes: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? '#text') });
      }
    }
  }).observe({ type: 'layout-shift', buffered: true });
`;

export interface Opened {
  readonly page: Page;
  /** What the browser's log has of warnings and errors, broken policies among them. */
  readonly complaints: string[];
}

interface OpenOptions extends BrowserContextOptions {
  /** Who is signed in, by a token in the fragment; nobody when left out. */
  readonly as?: Claims;
}

export interface Console {
  open(url: string, options?: OpenOptions): Promise<Opened>;
}

export function consoleForThisFile(): Console {
  let browser: Browser;
  const opened: Opened[] = [];
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: chromiumPath(),
      // Its sandbox does not work for root, which tests in containers often are.
      args: process.getuid!() === 0 ? ['--no-sandbox'] : [],
    });
  });
  afterEach(async () => {
    const all = opened.splice(0);
    await Promise.all(all.map(({ page }) => page.context().close()));
    for (const { complaints } of all) expect(complaints).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    async open(url, { as, ...options } = {}) {
      const context = await browser.newContext(options);
      // Room for a busy machine: nothing waits this long that will come.
      context.setDefaultTimeout(60_000);
      await context.addInitScript(WATCH_SHIFTS);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      opened.push({ page, complaints });
      await page.goto(as ? `${url}#token=${await signToken(as)}` : url);
      return { page, complaints };
    },
  };
}

/** What axe finds that is serious: rules of WCAG 2.2 AA, each with the elements at fault. */
export async function seriousFaults(page: Page): Promise<string[]> {
  // Through the debugger: the page's own policy lets no such script in.
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** How much moved, as browsers count it, and what. */
export async function shiftsOf(page: Page): Promise<{ sum: number; nodes: string[] }> {
  const shifts = (await page.evaluate('window.shifts')) as { value: number; nodes: string[] }[];
  return {
    sum: shifts.reduce((all, { value }) => all + value, 0),
    nodes: shifts.flatMap(({ nodes }) => nodes),
  };
}
