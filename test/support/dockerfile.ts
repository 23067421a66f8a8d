import { execFile } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** As much of a Dockerfile as ours has, carried out in folders instead of in images. */

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly from: string;
  readonly name: string | null;
  readonly instructions: readonly Instruction[];
}

export async function readDockerfile(path: string): Promise<Stage[]> {
  const text = (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '');
  const stages: { from: string; name: string | null; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const [, name, rest] = /^([A-Z]+) (.*)$/.exec(line)!;
    if (name !== 'FROM') {
      stages.at(-1)!.instructions.push({ name: name!, text: rest! });
      continue;
    }
    const [, from, as] = /^(\S+)(?: AS (\S+))?$/.exec(rest!)!;
    stages.push({ from: from!, name: as ?? null, instructions: [] });
  }
  return stages;
}

/** What a .dockerignore lets through: everything is left out but what a line names with a `!`. */
export async function readIgnore(path: string): Promise<string[]> {
  const lines = (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*' || !lines.slice(1).every((line) => /^![\w.-]+$/.test(line)))
    throw new Error('a .dockerignore that leaves everything out but what it names is all that is understood');
  return lines.slice(1).map((line) => line.slice(1));
}

export interface Built {
  readonly folder: string;
  readonly workdir: string;
  readonly env: Record<string, string>;
  readonly user: string | null;
  /** The words of CMD and of HEALTHCHECK's command. */
  readonly command: string[];
  readonly healthcheck: string[];
}

export interface BuildOptions {
  /** What COPY copies from, and which of its entries it sees. */
  readonly context: string;
  readonly sent: readonly string[];
  /** A folder of each stage is made in it. */
  readonly into: string;
  /** What RUN finds beside what ENV sets. */
  readonly env: Record<string, string>;
}

/** Carries out all stages, and answers with the last. An instruction that it does not know is an error. */
export async function build(stages: readonly Stage[], options: BuildOptions): Promise<Built> {
  const built = new Map<string, Built>();
  let last: Built | null = null;
  for (const [index, { name, instructions }] of stages.entries()) {
    const folder = join(options.into, name ?? String(index));
    await mkdir(folder, { recursive: true });
    let stage: Built = { folder, workdir: folder, env: {}, user: null, command: [], healthcheck: [] };
    for (const instruction of instructions) stage = await carryOut(instruction, stage, built, options);
    if (name) built.set(name, stage);
    last = stage;
  }
  return last!;
}

async function carryOut(
  { name, text }: Instruction,
  stage: Built,
  built: ReadonlyMap<string, Built>,
  { context, sent, env }: BuildOptions,
): Promise<Built> {
  switch (name) {
    case 'WORKDIR': {
      const workdir = join(stage.folder, text);
      await mkdir(workdir, { recursive: true });
      return { ...stage, workdir };
    }
    case 'ENV':
      return {
        ...stage,
        env: { ...stage.env, ...Object.fromEntries(text.split(' ').map((pair) => pair.split('='))) },
      };
    case 'USER':
      return { ...stage, user: text };
    case 'EXPOSE':
      return stage;
    case 'RUN':
      await promisify(execFile)('sh', ['-ec', text], { cwd: stage.workdir, env: { ...env, ...stage.env } });
      return stage;
    case 'COPY': {
      const [, other, files] = /^(?:--from=(\S+) )?(.*)$/.exec(text)!;
      const words = files!.split(' ');
      const target = resolve(stage.workdir, words.pop()!);
      for (const source of words) {
        const entry = source.split('/')[0]!;
        if (!other && !sent.includes(entry)) throw new Error(`.dockerignore keeps ${source} back`);
        const from = other ? join(built.get(other)!.folder, source) : join(context, source);
        // Files go into a folder, and the contents of a folder become those of the target.
        const isFolder = other !== undefined || !files!.endsWith('./');
        const to = isFolder ? target : join(target, source);
        await mkdir(dirname(to), { recursive: true });
        await cp(from, to, { recursive: true, verbatimSymlinks: true });
      }
      return stage;
    }
    case 'CMD':
      return { ...stage, command: JSON.parse(text) };
    case 'HEALTHCHECK':
      return { ...stage, healthcheck: JSON.parse(/CMD (\[.*\])$/.exec(text)![1]!) };
    default:
      throw new Error(`${name} is not understood`);
  }
}
