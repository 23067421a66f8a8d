import type { ExecutionResult, GraphQLError } from 'graphql';

/** A part of an answer that is JSON already. */
export class PrintedText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** For those who print an answer without knowing of this. */
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** An answer's data as JSON, in which what is printed already stands as it is. */
export function printData(value: unknown): string {
  if (value instanceof PrintedText) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printData).join(',')}]`;
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${printData(field)}`);
  return `{${fields.join(',')}}`;
}

/** A whole answer, with what may be told of its errors. */
export function printResult(
  { data, errors }: ExecutionResult,
  mask: (error: unknown) => GraphQLError,
): string {
  const parts: string[] = [];
  if (data !== undefined) parts.push(`"data":${printData(data)}`);
  if (errors) parts.push(`"errors":${JSON.stringify(errors.map(mask))}`);
  return `{${parts.join(',')}}`;
}
