import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedDirective,
} from 'graphql';

const CONTRACT = new URL('../../schema.graphql', import.meta.url);

interface Described {
  description?: string | null | undefined;
}

/** Copies the descriptions of schema.graphql onto the schema that the code builds: they are written in one place. */
export function describe(schema: GraphQLSchema): void {
  const contract = buildSchema(readFileSync(CONTRACT, 'utf8'));
  const copy = (to: Described, from: Described | null | undefined) => {
    to.description = from?.description ?? null;
  };
  for (const directive of schema.getDirectives()) {
    const source = contract.getDirective(directive.name);
    if (isSpecifiedDirective(directive) || !source) continue;
    copy(directive, source);
    for (const arg of directive.args)
      copy(
        arg,
        source.args.find(({ name }) => name === arg.name),
      );
  }
  for (const type of Object.values(schema.getTypeMap())) {
    const source = contract.getType(type.name);
    if (type.name.startsWith('__') || !source) continue;
    copy(type, source);
    if (isEnumType(type) && isEnumType(source)) {
      for (const value of type.getValues()) copy(value, source.getValue(value.name));
    } else if (isInputObjectType(type) && isInputObjectType(source)) {
      for (const field of Object.values(type.getFields())) copy(field, source.getFields()[field.name]);
    } else if (
      (isObjectType(type) || isInterfaceType(type)) &&
      (isObjectType(source) || isInterfaceType(source))
    ) {
      for (const field of Object.values(type.getFields())) {
        const from = source.getFields()[field.name];
        copy(field, from);
        for (const arg of field.args)
          copy(
            arg,
            from?.args.find(({ name }) => name === arg.name),
          );
      }
    }
  }
}
