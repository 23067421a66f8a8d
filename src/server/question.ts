import type { IncomingMessage } from 'node:http';
import type { Question } from '../graphql/engine.ts';

export interface HttpQuestion extends Question {
  readonly hasExtensions: boolean;
}

export const NO_JSON: unique symbol = Symbol('no JSON');

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}

/** The parameters of a GET; variables that are no JSON are Yoga's to refuse. */
export function paramsOf({ url }: IncomingMessage): unknown {
  const params = new URLSearchParams(url?.split('?')[1] ?? '');
  const variables = params.get('variables');
  return {
    query: params.get('query'),
    operationName: params.get('operationName'),
    variables: variables === null ? null : parseJson(variables),
  };
}

/** The question of a well-formed request; null for everything that Yoga must judge. */
export function questionOf(params: unknown): HttpQuestion | null {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return null;
  const { query, operationName, variables, extensions } = params as Record<string, unknown>;
  if (typeof query !== 'string') return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) return null;
  return {
    query,
    operationName: operationName ?? null,
    variables: (variables as Record<string, unknown>) ?? {},
    hasExtensions: extensions != null,
  };
}
