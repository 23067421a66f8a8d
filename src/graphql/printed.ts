import type { ExecutionResult, GraphQLError } from 'graphql';

/** A part of an answer that is JSON already, or the whole of its data. */
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

/** An answer whose data is JSON already. */
export const printedResult = (data: string): ExecutionResult => ({ data: new PrintedText(data) as never });

/** What an answer tells, as values, for those who look into it. */
export const readData = ({ data }: ExecutionResult): ExecutionResult['data'] =>
  JSON.parse(printData(data ?? null));

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
  if (!errors) return `{"data":${printData(data)}}`;
  const told = `"errors":${JSON.stringify(errors.map(mask))}`;
  return data === undefined ? `{${told}}` : `{"data":${printData(data)},${told}}`;
}
