import type { Command } from './kit/command.ts';

export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Each command is loaded when it is called: who verifies a file waits for no server's code. */
  load(): Promise<Command>;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly Entry[] = [
  {
    name: 'serve',
    summary: 'runs the server',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'migrate',
    summary: 'brings the database to this version',
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  {
    name: 'token',
    summary: 'makes a bearer token',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'pools',
    summary: 'lists the pools, or shows one with its waterfall',
    load: async () => (await import('./pools.ts')).pools,
  },
  {
    name: 'preview',
    summary: 'says what settling would do now, and writes nothing',
    load: async () => (await import('./preview.ts')).preview,
  },
  {
    name: 'settle',
    summary: 'settles open losses, after a preview and a yes',
    load: async () => (await import('./settle.ts')).settle,
  },
  {
    name: 'watch',
    summary: 'tells losses and haircuts as they come, and misses none',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'simulate',
    summary: 'says what losses may come, and who would bear them',
    load: async () => (await import('./simulate.ts')).simulate,
  },
  {
    name: 'export',
    summary: 'writes haircuts, fund entries or losses as CSV or JSON lines',
    load: async () => (await import('./export.ts')).exportCommand,
  },
  {
    name: 'verify',
    summary: "checks a haircut's proof, or a whole settlement, by nothing but the file itself",
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    name: 'doctor',
    summary: 'says whether what is needed is there, and runs well',
    load: async () => (await import('./doctor.ts')).doctor,
  },
];
