import { type Agent, request } from 'node:http';
import type { ServedProcess } from './serve.ts';

/** Asks a served process one question and answers with the text of its answer. Throws where that names an error. */
export function post(
  { url, headers }: ServedProcess,
  agent: Agent | undefined,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<string> {
  const body = JSON.stringify({ query, variables });
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      agent,
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200 && !text.includes('"errors"')) resolve(text);
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 300)}`));
      });
    });
    sent.end(body);
  });
}
