import {
  DirectiveLocation,
  type ExecutionArgs,
  GraphQLDirective,
  type GraphQLError,
  GraphQLFloat,
  GraphQLNonNull,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import { badUserInput } from './errors.ts';

/** Described in schema.graphql. */
export const maxLag = new GraphQLDirective({
  name: 'maxLag',
  locations: [DirectiveLocation.QUERY],
  args: { seconds: { type: new GraphQLNonNull(GraphQLFloat) } },
});

/**
 * The age that a query allows what it reads to have, in seconds; null where it says nothing of it. What is wrong with the variables is
 * told by whoever executes.
 */
export function allowedLag({
  schema,
  document,
  operationName,
  variableValues,
}: ExecutionArgs): number | null | GraphQLError {
  const operation = getOperationAST(document, operationName);
  const directive = operation?.directives?.find(({ name }) => name.value === maxLag.name);
  if (!operation || !directive) return null;
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  if (variables.errors) return null;
  try {
    const { seconds } = getArgumentValues(maxLag, directive, variables.variableValues) as { seconds: number };
    return seconds >= 0
      ? seconds
      : badUserInput('@maxLag takes the seconds that a query may be late, from 0.');
  } catch (error) {
    return error as GraphQLError;
  }
}
