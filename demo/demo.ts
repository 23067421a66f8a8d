import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Book, checkBook, makeBook } from './book.ts';
import { areSettled, atoms, readHaircuts, readMoney, shareByHand } from './check.ts';
import { Client, signToken } from './client.ts';
import { compareMethods, proveOne } from './fairness.ts';
import { COINS, OURS } from './figures.ts';
import { count, seconds } from './human.ts';
import { listen } from './listen.ts';
import { settlePerCoin } from './per-coin.ts';
import { startDemoServer } from './start.ts';
import { crash, hearHaircuts, openBook, reportBankruptcies, settleOnce } from './story.ts';
import { bearers, byHand, conservation, perCoin, waterfall } from './summary.ts';
import { aside, bold, cyan, dim, doing, done, heading, line, quiet, red, say } from './terminal.ts';

/* `npm run demo`: 10 October 2025, played through the public API. With --once it ends there; else it stays for a look. */

const HELP = `Plays 10 October 2025 on a server and a database of its own, and shows what happened.

  npm run demo              stays up afterwards, for a look around
  npm run demo -- --once    ends when it has told everything`;

let stopServer: (() => Promise<void>) | undefined;
const sockets: Client[] = [];

async function play(once: boolean, interrupted: Promise<string>): Promise<void> {
  const began = performance.now();
  line(bold('Shearwater: 10 October 2025, replayed'));
  say(
    'Prices fell by a tenth and more within minutes, and 165 accounts on one exchange lost more than they had. Somebody has to ' +
      'bear that: first an insurance fund, then those who won. Watch who bears how much, and how they are told.',
  );
  aside(
    'The totals are those published for Hyperliquid (arXiv 2512.01112v3, data of pluriholonomic/autodeleveraging-analysis). ' +
      'The single traders and the prices are made up to fit them.',
  );

  heading('Start a server');
  doing('starting');
  const secret = randomBytes(48).toString('base64url');
  const { url } = await startDemoServer(secret, doing, (stop) => (stopServer = stop));
  done(`Shearwater on a fresh PostgreSQL, at ${url}, after ${seconds(performance.now() - began)}`);
  const as = async (subject: string, role: string) => {
    const client = new Client(url, await signToken(secret, subject, role));
    sockets.push(client);
    return client;
  };
  const venue = await as('the-venue', 'ADMIN');

  heading('Open the book');
  doing('making up the traders');
  const book = makeBook();
  checkBook(book);
  await openBook(venue, book);

  heading('Listen');
  const { winners } = book;
  const labels = ['the largest winner', 'the one in the middle', 'the smallest winner'];
  const chosen = [winners[0]!, middleOf(book), winners.at(-1)!];
  const apps = await Promise.all(
    chosen.map(async (trader, i) => ({ client: await as(trader.ref, 'TRADER'), trader, label: labels[i]! })),
  );
  const ears = await listen(apps, await as('the-operator', 'ANALYST'));

  heading('The crash');
  await crash(venue);

  heading('The bankruptcies');
  await reportBankruptcies(venue, book, ears);
  const before = await readMoney(venue, OURS.pool);

  heading('Who should bear it?');
  await compareMethods(venue, OURS.pool);

  heading('Settle them all, in one go');
  const { settled, ms } = await settleOnce(venue);

  heading('The traders hear of it');
  await hearHaircuts(ears, apps.length, book.bankrupts.length);

  heading('Who bore what');
  waterfall(settled);
  const haircuts = await readHaircuts(venue, OURS.pool, (read) =>
    doing(`reading the haircuts back … ${count(read)}`),
  );
  bearers(book, haircuts);
  conservation(before, await readMoney(venue, OURS.pool));
  if (!(await areSettled(venue, OURS.pool, book.bankrupts.length)))
    throw new Error('A bankrupt account is not at zero.');
  done(`each of the ${book.bankrupts.length} bankrupt accounts stands at exactly zero`);
  const loss = atoms(settled.socialized);
  const shares = shareByHand(winners, loss);
  const said = new Map(haircuts.map(({ ref, amount }) => [ref, amount]));
  byHand(middleOf(book), shares.get(middleOf(book).ref)!, said.get(middleOf(book).ref)!, loss);
  if (
    haircuts.length !== shares.size ||
    haircuts.some(({ ref, amount }) => shares.get(ref)?.amount !== amount)
  ) {
    throw new Error('A haircut differs from what the book says it must be.');
  }
  done(`so are the other ${count(haircuts.length - 1)}, worked out again here, one by one`);
  await proveOne(await as(middleOf(book).ref, 'TRADER'), OURS.pool, middleOf(book));

  heading('The same day with a pool for each coin');
  const results = await settlePerCoin(venue, book, (settledPools) =>
    doing(`filling and settling pool by pool … ${settledPools} of ${COINS.length} done`),
  );
  perCoin(results, settled);

  line();
  line(bold(`Played in ${seconds(performance.now() - began)}, the settlement itself in ${seconds(ms)}.`));
  if (!once) await stay(url, await signToken(secret, 'visitor', 'ANALYST'), interrupted);
}

const middleOf = ({ winners }: Book) => winners[winners.length / 2 - 1]!;

async function stay(url: string, token: string, interrupted: Promise<string>): Promise<void> {
  const query = `{ pool(name: \\"${OURS.pool}\\") { totals { uncovered } settlements(last: 1) { edges { node { haircutCount haircutRatio { decimal } } } } } }`;
  line();
  line(bold('It stays up for a look.'));
  line(`   console    ${cyan(`${url}/pools/${OURS.pool}#token=${token}`)}`);
  line(`   explorer   ${cyan(`${url}/graphql`)}`);
  line(`   headers    ${dim('paste this under "Headers" there; it may read everything for 12 hours')}`);
  line(`{"authorization": "Bearer ${token}"}`);
  line(`   or         ${dim('from another terminal')}`);
  line(
    `curl -s ${url}/graphql -H 'content-type: application/json' -H 'authorization: Bearer ${token}' -d '{"query":"${query}"}'`,
  );
  line();
  line(`   ${bold('Ctrl-C')} ends it and removes everything that it made.`);
  await interrupted;
  line();
}

/** Everything that was started is stopped and removed, however the demo ends. */
async function cleanUp(): Promise<void> {
  await Promise.all(sockets.map((client) => client.close()));
  await stopServer?.();
}

async function main(): Promise<void> {
  let options: { once?: boolean; help?: boolean };
  try {
    options = parseArgs({
      options: { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message.split('\n')[0]}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  if (options.help) return console.log(HELP);

  let signalled: string | undefined;
  const interrupted = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // Who cannot wait may go: the server sees that the demo is gone, and cleans up by itself.
        if (signalled) process.exit(130);
        signalled = signal;
        resolve(signal);
      });
    }
  });
  let played = false;
  try {
    const playing = play(options.once === true, interrupted).then(() => (played = true));
    // A signal ends the play where it stands, except at its end, which waits for one.
    await Promise.race([playing, interrupted.then(() => new Promise((resolve) => setTimeout(resolve, 50)))]);
  } catch (error) {
    if (!signalled) {
      line();
      line(red(`The demo failed: ${(error as Error).message}`));
      process.exitCode = 1;
    }
  }
  quiet();
  if (signalled) doing('stopping the server and removing its folder');
  await cleanUp();
  quiet();
  if (signalled && !played) {
    line('Stopped, and everything removed.');
    process.exitCode = 130;
  }
  process.exit();
}

await main();
