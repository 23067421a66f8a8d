import { readFile } from 'node:fs/promises';
import { buildSchema } from 'graphql';
import { afterAll, expect, it } from 'vitest';
import { DOCUMENTS } from '../support/ledger-log.ts';
import { FAULT_NAMES } from './faults.ts';
import { MAKERS } from './operations.ts';
import { CampaignPostgres } from './postgres.ts';
import { QUESTIONS } from './queries.ts';
import { PROGRESS } from './readers.ts';
import { runRound } from './round.ts';

/** A short round of `npm run campaign`, and that a campaign calls everything that there is. */

const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const fieldsOf = (type: 'Query' | 'Mutation' | 'Subscription') => {
  const { [type]: root } = schema.getTypeMap() as Record<string, never> as unknown as Record<
    string,
    { getFields(): Record<string, unknown> }
  >;
  return Object.keys(root!.getFields()).sort();
};

let postgres: CampaignPostgres | undefined;
afterAll(() => postgres?.stop());

it('calls every mutation of the schema, asks every query, and listens to every subscription', () => {
  expect(Object.keys(MAKERS).sort()).toEqual(fieldsOf('Mutation'));
  expect(Object.keys(QUESTIONS).sort()).toEqual(fieldsOf('Query'));
  const heard = [...Object.values(DOCUMENTS), PROGRESS].map((text) => /\{\s*(\w+)\(/.exec(text)![1]);
  expect(heard.sort()).toEqual(fieldsOf('Subscription'));
});

it('keeps every promise through a round of everything that can fail', async () => {
  const seed = Number(process.env.SHEARWATER_SEED ?? Math.floor(Math.random() * 2 ** 30));
  postgres = await CampaignPostgres.start();
  const own = postgres;
  const { findings, log, counts } = await runRound({
    seed,
    seconds: 5,
    least: 20,
    databaseUrl: (await own.database()).url,
    restartPostgres: () => own.restart(),
    faults: FAULT_NAMES,
  });
  console.info(`seed ${seed}: ${JSON.stringify(counts)}`);
  expect(findings, `SHEARWATER_SEED=${seed} came to:\n${log.join('\n')}`).toEqual([]);
  expect(counts.confirmed, `seed ${seed}`).toBeGreaterThanOrEqual(20);
}, 180_000);
