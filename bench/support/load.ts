import { Agent } from 'node:http';
import type { Asked } from '../questions/question.ts';
import { post } from './post.ts';
import type { ServedProcess } from './serve.ts';

/** Clients, each of which asks again as soon as it is answered. */
export const CONNECTIONS = 16;

export interface Load {
  readonly rps: number;
  /** Milliseconds from the request to the whole answer. */
  readonly p50: number;
  readonly p99: number;
}

/** Asks so many times, each time about something else, beginning with the `from`th; answers with what the clients saw. */
export async function load(
  server: ServedProcess,
  query: string,
  asked: readonly Asked[],
  { from, requests }: { readonly from: number; readonly requests: number },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  const client = async () => {
    for (let i = next++; i < requests; i = next++) {
      const sent = performance.now();
      // A step that leaves no two neighbours side by side.
      await post(server, agent, query, asked[((from + i) * 61) % asked.length]!);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const rps = (requests / (performance.now() - began)) * 1000;
  agent.destroy();
  return { rps, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** The least value that so large a share of all does not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
