export type EmbeddedPostgresFault =
  | 'BINARIES_MISSING'
  | 'BINARIES_UNUSABLE'
  | 'DATA_UNUSABLE'
  | 'START_FAILED'
  | 'STOP_FAILED';

/** The embedded PostgreSQL cannot be used. The first line says what is wrong and what to do next. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresFault;

  constructor(code: EmbeddedPostgresFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The `code` of an error thrown by Node, by the operating system or by PostgreSQL. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
