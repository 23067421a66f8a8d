/** One value of a server's /metrics. */
export async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (!line) throw new Error(`no metric ${name}`);
  return Number(line.split(' ')[1]);
}

export const subscribers = (url: string): Promise<number> => metric(url, 'shearwater_subscribers');
export const residentMiB = async (url: string): Promise<number> =>
  (await metric(url, 'process_resident_memory_bytes')) / 2 ** 20;
