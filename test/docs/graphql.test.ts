import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../tools/checks/check.ts';
import { admin, type Caller, startTestServer, type TestServer } from '../support/server.ts';

/**
 * Guides whose calls are run as they stand: each ```graphql block in turn, on a server of the document's own, as an administrator. None may
 * answer with an error or a refusal, and what the ```json block after one says must be in the answer.
 */
const GUIDES = ['docs/getting-started.md', 'docs/concepts.md'];

interface Block {
  readonly line: number;
  readonly kind: string;
  readonly text: string;
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    kind: match[1]!,
    text: match[2]!,
  }));
}

describe.each(GUIDES)('%s', (file) => {
  const blocks = blocksOf(readFileSync(inRoot(file), 'utf8'));
  let server: TestServer;
  let ask: Caller;
  beforeAll(async () => {
    server = await startTestServer();
    ask = await server.caller(admin);
  });
  afterAll(() => server.close());

  it.each(blocks.filter(({ kind }) => kind === 'graphql'))('the call at line $line', async (block) => {
    const answer = await ask(block.text);
    expect(answer.errors).toBeUndefined();
    // A refusal is an answer too, and not what a guide shows.
    expect(JSON.stringify(answer.data)).not.toContain('"message"');
    const next = blocks[blocks.indexOf(block) + 1];
    if (next?.kind === 'json') expect(answer.data).toMatchObject(JSON.parse(next.text));
  });
});

it('the table of methods says what compareAllocations does', async () => {
  const text = readFileSync(inRoot('docs/concepts.md'), 'utf8');
  const server = await startTestServer();
  try {
    const ask = await server.caller(admin);
    for (const { kind, text: call } of blocksOf(text)) {
      if (kind !== 'graphql') continue;
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
