import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import postgres from 'postgres';
import { BARE_ANSWERS, rowsOf } from './bare-answers.ts';
import { onOrder } from './serve.ts';

/*
 * The floor of what reads: hand-written statements behind bare node:http. It answers with the bytes that Shearwater answers with,
 * knows a few questions by their names, and asks nobody who they are.
 */

onOrder(async ({ databaseUrl }) => {
  const sql = postgres(databaseUrl, {
    max: 10,
    fetch_types: false,
    onnotice: () => {},
    connection: { plan_cache_mode: 'force_generic_plan' },
  });
  const rows = rowsOf(sql);
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
    const data = await BARE_ANSWERS[/^query (\w+)/.exec(query)![1]!]!(rows, variables);
    const text = JSON.stringify({ data });
    res.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    });
    res.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await sql.end({ timeout: 5 });
    },
  };
});
