import { SettingsError } from '../server/settings.ts';

/** The command was called wrongly: exit code 2, as with wrong settings. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
}

/** Runs a command, and tells a person what went wrong instead of showing a stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    console.error(describe(error));
    process.exitCode = error instanceof UsageError || error instanceof SettingsError ? 2 : 1;
  }
}

/** The message and those of its causes. Drizzle's first says which statement failed and only its cause says why. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Connecting to a name with several addresses fails with several errors and no message of its own.
  const own =
    error.message || (error instanceof AggregateError ? error.errors.map(describe).join('; ') : error.name);
  return error.cause === undefined ? own : `${own}\n${describe(error.cause)}`;
}
