/** What a command is: everything that its help says and its call may hold, in one place, so that neither knows more than the other. */

/** How a command ends. Documented in docs/cli.md, and for ever. */
export const EXIT = {
  FINE: 0,
  /** Something does not hold, or was refused. */
  REFUSED: 1,
  /** The command was called wrongly, or a setting is wrong. */
  USAGE: 2,
  /** A server or a database cannot be reached. */
  UNREACHABLE: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: true;
  /** What a value is called in the help. */
  readonly value?: string;
  readonly help: string;
}
export type Options = Readonly<Record<string, Option>>;

type Value<O extends Option> = O extends { type: 'boolean' }
  ? boolean
  : O extends { multiple: true }
    ? string[]
    : string;
export type Values<O extends Options> = { readonly [K in keyof O]?: Value<O[K]> };

export interface Call<O extends Options> {
  readonly options: Values<O>;
  readonly words: readonly string[];
}

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** What it takes beside options, as the help names it; in brackets what may be left out. */
  readonly words: readonly string[];
  readonly summary: string;
  /** What there is to know beyond the options; lines of at most 100 characters. */
  readonly about: string;
  readonly options: O;
  /** Calls without `shearwater` in front, and what each does. */
  readonly examples: readonly (readonly [call: string, what: string])[];
  run(call: Call<O>): Promise<ExitCode>;
}

export const defineCommand = <const O extends Options>(command: Command<O>): Command<O> => command;

export const JSON_OPTION = {
  json: { type: 'boolean', help: 'prints JSON for scripts, under the names that the API has' },
} as const satisfies Options;
