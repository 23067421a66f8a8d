import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../tools/checks/check.ts';
import { blocksOf, toRun } from '../support/documents.ts';
import { eventually } from '../support/eventually.ts';
import { admin, type Caller, startTestServer, type TestServer } from '../support/server.ts';

/**
 * Guides whose calls are run as they stand: each ```graphql block in turn, on a server of the document's own, as an administrator. None may
 * answer with an error or a refusal, and what the ```json block after one says must be in the answer. `$id` is the id that was answered last,
 * and a job is asked about until it is done.
 */
const GUIDES = ['docs/getting-started.md', 'docs/concepts.md', 'docs/quants.md'];
/** Their calls are about a pool that stands already; `quants.md` says which. */
const SNIPPETS = ['README.md', 'docs/scaling.md'];
const SETTING_UP = 'docs/quants.md';

const UNDER_WAY = new Set(['QUEUED', 'RUNNING']);

/** Runs a call; none may be refused. */
async function run(ask: Caller, text: string, id?: string) {
  const variables = { ...(id ? { id } : {}), late: 5 };
  const answer = await eventually('it is done', async () => {
    const answer = await ask(text, variables);
    return UNDER_WAY.has(answer.data?.simulation?.status) ? null : answer;
  });
  expect(answer.errors).toBeUndefined();
  // A refusal is an answer too, and not what a guide shows.
  expect(JSON.stringify(answer.data)).not.toContain('"message"');
  return answer.data;
}

describe.each(GUIDES)('%s', (file) => {
  let id: string | undefined;
  const blocks = blocksOf(file);
  let server: TestServer;
  let ask: Caller;
  beforeAll(async () => {
    server = await startTestServer();
    ask = await server.caller(admin);
  });
  afterAll(() => server.close());

  it.each(blocks.filter(({ kind }) => kind === 'graphql'))('the call at line $line', async (block) => {
    const data = await run(ask, block.text, id);
    id = /"id":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? id;
    const next = blocks[blocks.indexOf(block) + 1];
    if (next?.kind === 'json') expect(data).toMatchObject(JSON.parse(next.text));
  });
});

it.each(SNIPPETS)('the calls of %s', async (file) => {
  const server = await startTestServer();
  try {
    const ask = await server.caller(admin);
    const [setUp] = toRun(SETTING_UP, 'graphql');
    await run(ask, setUp!.text);
    const calls = toRun(file, 'graphql');
    expect(calls).not.toEqual([]);
    for (const { text } of calls) await run(ask, text);
  } finally {
    await server.close();
  }
});

it('the table of methods says what compareAllocations does', async () => {
  const text = readFileSync(inRoot('docs/concepts.md'), 'utf8');
  const server = await startTestServer();
  try {
    const ask = await server.caller(admin);
    for (const { text: call } of toRun('docs/concepts.md', 'graphql')) {
      const { data } = await ask(call);
      if (!data.compareAllocations) continue;
      for (const { method, largestBearers } of data.compareAllocations.methods) {
        const of = (ref: string) =>
          largestBearers.find((one: { account: { ref: string } }) => one.account.ref === ref)?.amount ??
          '0.00';
        const row = text.split('\n').find((line) => line.startsWith(`| \`${method}\` |`));
        expect(row, method).toContain(`| ${of('ann')} | ${of('bob')} |`);
      }
    }
  } finally {
    await server.close();
  }
});
