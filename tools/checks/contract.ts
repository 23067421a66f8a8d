import { readFile } from 'node:fs/promises';
import {
  BreakingChangeType,
  buildSchema,
  DangerousChangeType,
  findSchemaChanges,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { apiReference } from '../api/reference.ts';
import { type Check, CheckFailed, failIf, inRoot } from './check.ts';

/** What callers of the last release rely on; replaced by each release. */
export const BASELINE = 'contract/schema-0.1.0.graphql';

export const readSchema = async (path: string): Promise<GraphQLSchema> =>
  buildSchema(await readFile(inRoot(path), 'utf8'));

/** A schema as text that does not depend on the order in which it was written. */
export const canonical = (schema: GraphQLSchema): string => printSchema(lexicographicSortSchema(schema));

/** The schema that the code builds is schema.graphql, descriptions included. */
export const schemaInSync: Check = {
  name: 'schema in sync',
  run: async () => {
    const { schema } = await import('../../src/graphql/schema.ts');
    const difference = firstDifference(canonical(await readSchema('schema.graphql')), canonical(schema));
    if (difference) throw new CheckFailed(`${difference}\nMake src/graphql and schema.graphql say the same.`);
  },
};

/** docs/api.md is what `npm run docs:api` writes. */
export const referenceInSync: Check = {
  name: 'API reference in sync',
  run: async () => {
    const written = await readFile(inRoot('docs/api.md'), 'utf8');
    if (written !== apiReference(await readSchema('schema.graphql')))
      throw new CheckFailed('docs/api.md says something else than schema.graphql: run npm run docs:api.');
  },
};

/** The first lines in which two texts differ, and the definition that they are part of, or null. */
function firstDifference(contract: string, code: string): string | null {
  if (contract === code) return null;
  const [written, built] = [contract.split('\n'), code.split('\n')];
  const at = written.findIndex((line, index) => line !== built[index]);
  const from = at < 0 ? written.length : at;
  const definition =
    written.slice(0, from + 1).findLast((line) => /^\w/.test(line)) ?? 'the first definition';
  const show = (lines: string[]) => lines.slice(from, from + 3).join('\n');
  return `in or after ${definition}\nschema.graphql has\n${show(written)}\nand the code builds\n${show(built)}`;
}

interface Element {
  readonly name: string;
  readonly description?: string | null | undefined;
}

/** The coordinates of what has no description. */
export function undescribed(schema: GraphQLSchema): string[] {
  const missing: string[] = [];
  const look = (coordinate: string, { description }: Element) => {
    if (!description?.trim()) missing.push(coordinate);
  };
  const lookAtArgs = (coordinate: string, args: readonly Element[]) => {
    for (const arg of args) look(`${coordinate}(${arg.name}:)`, arg);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    look(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
    if (isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) look(`${type.name}.${field.name}`, field);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        lookAtArgs(`${type.name}.${field.name}`, field.args);
      }
    }
  }
  for (const directive of schema.getDirectives()) {
    if (isSpecifiedDirective(directive)) continue;
    look(`@${directive.name}`, directive);
    lookAtArgs(`@${directive.name}`, directive.args);
  }
  return missing;
}

export const described: Check = {
  name: 'every element described',
  run: async () =>
    failIf(undescribed(await readSchema('schema.graphql')), 'Describe them in schema.graphql.'),
};

/**
 * Changes that break callers, or quietly change what their calls mean. Additions are none of them, an enum value and a
 * union member among them: callers are told to expect more.
 */
const BREAKING: ReadonlySet<string> = new Set([
  ...Object.values(BreakingChangeType),
  DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
  DangerousChangeType.INPUT_FIELD_DEFAULT_VALUE_CHANGE,
]);

/** What callers of `before` would stumble over in `after`, a sentence each. */
export function breakingChanges(before: GraphQLSchema, after: GraphQLSchema): string[] {
  return findSchemaChanges(before, after)
    .filter(({ type }) => BREAKING.has(type))
    .map(({ description }) => description);
}

export const unbroken: Check = {
  name: 'no breaking change',
  run: async () => {
    const changes = breakingChanges(await readSchema(BASELINE), await readSchema('schema.graphql'));
    failIf(changes, 'Add the new name and keep the old one with @deprecated.');
  },
};
