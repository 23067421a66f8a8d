import { type Bench, type BenchOptions, median, type Report, round, timed } from './support/bench.ts';
import { type Cluster, withCluster } from './support/cluster.ts';
import { POOL, preparePool } from './support/pool.ts';
import { type ServedProcess, serve } from './support/serve.ts';

const COMPARE = `query { compareAllocations(input: { pool: "${POOL}" }) { __typename ... on AllocationComparison { methods {
  method socialized uncovered accountsTouched accountsWipedOut largestRate { decimal } herfindahlIndex effectiveNumber gini topTenShare
  largestBearers { account { ref } amount } splitting { changes before after } twoSteps { changes before after } } } } }`;
const PREVIEW = `query { previewSettlement(input: { pool: "${POOL}" }) { __typename ... on SettlementPreview { socialized haircutCount
  haircuts(first: 10) { account { ref } amount } } } }`;

export const comparison: Bench = {
  name: 'comparison',
  about: 'compares seven methods over N winners in one call, beside a preview, which runs one of them once',
  size: 20_000,
  sizeOf: 'winners',
  run: (options) => withCluster((cluster) => measure(cluster, options)),
};

async function measure(cluster: Cluster, { size, runs, progress }: BenchOptions): Promise<Report> {
  progress(`making a pool of ${size} winners`);
  await cluster.prepare((url) => preparePool(url, { winners: size, losers: 0, history: 0 }));
  return cluster.withCopy(async (url) => {
    const server = await serve('shearwater', url);
    try {
      const times = { compare: [] as number[], preview: [] as number[] };
      await ask(server, COMPARE);
      await ask(server, PREVIEW);
      for (let run = 1; run <= runs; run++) {
        progress(`run ${run} of ${runs}`);
        times.preview.push(await timed(() => ask(server, PREVIEW)));
        times.compare.push(await timed(() => ask(server, COMPARE)));
      }
      const [compare, preview] = [median(times.compare), median(times.preview)];
      return {
        floor:
          'previewSettlement of the same loss on the same server: one read of the pool and one method, once. A comparison reads as much ' +
          'and runs seven methods, each with one account in two halves and in two steps: 28 allocations.',
        fields: {
          ratio: round(compare / preview, 2),
          name: 'comparison',
          size,
          comparison_ms: round(compare),
          comparison_worst_ms: round(Math.max(...times.compare)),
          preview_ms: round(preview),
          runs,
        },
      };
    } finally {
      await server.stop();
    }
  });
}

async function ask({ url, headers }: ServedProcess, query: string): Promise<void> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  });
  const answer = await response.text();
  if (!/"(AllocationComparison|SettlementPreview)"/.test(answer)) {
    throw new Error(`The server did not answer: ${answer.slice(0, 300)}`);
  }
}
