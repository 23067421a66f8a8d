import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { succeed } from '../support/api.ts';
import { toRun } from '../support/documents.ts';
import { within } from '../support/eventually.ts';
import { Program } from '../support/example.ts';
import { type Elsewhere, installClient, installNodeTypes } from '../support/installed.ts';
import { settleOne, winnersBook } from '../support/notice-book.ts';
import {
  admin,
  type Caller,
  type Claims,
  integrator,
  signToken,
  startTestServer,
  type TestServer,
  trader,
} from '../support/server.ts';

/**
 * Guides whose code is one program. Its ```ts blocks are joined in their order, checked, and run by plain Node in a folder where the client
 * is installed, with SHEARWATER_URL and SHEARWATER_TOKEN set. What a ```text block says must be printed, line by line, in their order, and
 * the program must end with 0. A ```graphql block is asked afterwards with the same token. Add a guide by a row of GUIDES: who calls, what is
 * there before, and what happens once the program has printed something.
 */
interface Guide {
  readonly claims: Claims;
  readonly before?: (root: Caller, venue: Caller) => Promise<void>;
  readonly when?: Readonly<Record<string, (venue: Caller) => Promise<unknown>>>;
  readonly variables?: Record<string, unknown>;
}

const GUIDES: Readonly<Record<string, Guide>> = {
  'docs/integrators.md': { claims: admin },
  'docs/traders.md': {
    claims: trader('alice'),
    async before(root, venue) {
      const pool = 'usd-perps';
      await succeed(root, 'createPool', { name: pool, asset: 'USDC', decimals: 6 });
      const rates = { initialMarginRate: '0.01', maintenanceMarginRate: '0.005' };
      await succeed(venue, 'upsertMarkets', { pool, markets: [{ symbol: 'BTC', ...rates }] });
      await succeed(venue, 'upsertAccounts', { pool, accounts: [{ ref: 'alice', owner: 'alice' }] });
      await succeed(venue, 'applyUpdates', {
        ...{ pool, idempotencyKey: 'book', marks: [{ market: 'BTC', price: '101' }] },
        positions: [{ account: 'alice', market: 'BTC', size: '300', entryPrice: '100' }],
        transfers: [{ account: 'alice', kind: 'DEPOSIT', amount: '100' }],
      });
    },
    when: {
      'alice: equity': (venue) => settleOne(venue, 'usd-perps', 'one', 10),
      'balance 90': (venue) =>
        succeed(venue, 'publishMarks', { pool: 'usd-perps', marks: [{ market: 'BTC', price: '100.7' }] }),
    },
    variables: { pool: 'usd-perps', ref: 'alice' },
  },
};

let elsewhere: Elsewhere;
beforeAll(async () => {
  elsewhere = await installClient();
  await installNodeTypes(elsewhere);
}, 120_000);
afterAll(() => elsewhere?.remove());

const textsOf = (file: string, kind: string): string[] => toRun(file, kind).map(({ text }) => text);

/** Writes a program into a folder of its own, and starts it. */
async function start(name: string, code: string, env: Record<string, string>): Promise<Program> {
  await mkdir(join(elsewhere.path, name));
  await writeFile(join(elsewhere.path, name, 'main.ts'), code);
  return new Program(join(elsewhere.path, name), [], env);
}

describe.each(Object.entries(GUIDES))('%s', (file, { claims, before, when = {}, variables }) => {
  const name = file.replaceAll(/\W/g, '-');
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await before?.(await server.caller(admin), await server.caller(integrator));
  });
  afterAll(() => server.close());

  test('its program does and prints what it says', async () => {
    const program = await start(name, textsOf(file, 'ts').join('\n'), {
      SHEARWATER_URL: server.url,
      SHEARWATER_TOKEN: await signToken(claims),
    });
    try {
      for (const [line, act] of Object.entries(when)) {
        await program.until(`it prints "${line}"`, () => program.output.includes(line));
        await act(await server.caller(integrator));
      }
      expect(await within('its end', program.exited), program.output).toBe(0);
    } finally {
      program.kill();
    }
    const printed = program.output.split('\n');
    const expected = textsOf(file, 'text').join('').trimEnd().split('\n');
    expect(printed.filter((line) => expected.includes(line))).toEqual(expected);
  }, 60_000);

  test('its program is checked against the types of the package', async () => {
    await elsewhere.check([`${name}/main.ts`], { types: ['node'], lib: ['es2023'], target: 'es2022' });
  });

  test.each(textsOf(file, 'graphql'))('the call %#', async (call) => {
    const { data, errors } = await (await server.caller(claims))(call, variables);
    expect(errors).toBeUndefined();
    // What it asks about is there.
    expect(JSON.stringify(data)).not.toMatch(/"(?:pool|account)":null/);
  });
});

/** Where tokens come from is the reader's own affair. */
const GET_TOKEN = 'const getToken = async () => process.env.TOKEN;\n';

test.each([
  ['README.md', ''],
  ['src/client/README.md', GET_TOKEN],
])(
  'the reader of %s prints what it hears, until it is told to stop',
  async (file, before) => {
    const server = await startTestServer();
    const [code, ...others] = textsOf(file, 'js');
    expect(others).toEqual([]);
    // Here the client is installed by its own name, and the server has a port of its own.
    const here = (before + code)
      .replaceAll(/'@?shearwater\/client/g, "'@shearwater/client")
      .replaceAll(/'http:\/\/127\.0\.0\.1:4000'|'https:\/\/risk\.example\.com'/g, `'${server.url}'`);
    const venue = await server.caller(integrator);
    await winnersBook(await server.caller(admin), venue, 'usd-perps', 1);
    const program = await start(file.replaceAll(/\W/g, '-'), here, { TOKEN: await signToken(integrator) });
    try {
      let round = 0;
      // It begins when it is there: the first that it hears is whichever commits then.
      await program.until('it prints a haircut', async () => {
        await settleOne(venue, 'usd-perps', round++, 1);
        return program.output.includes('1.000000 USDC');
      });
    } finally {
      program.kill();
      await program.exited;
      await server.close();
    }
  },
  60_000,
);
