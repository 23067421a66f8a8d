import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';

const HEAD = `# The API

Made of [schema.graphql](../schema.graphql) by \`npm run docs:api\`; the schema says the same to any GraphQL tool. [Getting started](getting-started.md) leads through the calls in
order. A mutation answers with its success or with a typed refusal, each of which is an \`Error\` with \`code\`, \`message\` and \`path\`.
`;

/** The schema as a page of Markdown: what can be called first, then the types by kind and name, each linked to. */
export function apiReference(schema: GraphQLSchema): string {
  const roots = [
    ['Queries', 'query', schema.getQueryType()],
    ['Mutations', 'mutation', schema.getMutationType()],
    ['Subscriptions', 'subscription', schema.getSubscriptionType()],
  ] as const;
  const isRoot = (type: GraphQLNamedType) => roots.some(([, , root]) => root === type);
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !isRoot(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const kinds: readonly [string, (type: GraphQLNamedType) => boolean][] = [
    ['Types', (type) => isObjectType(type) || isInterfaceType(type)],
    ['Results', isUnionType],
    ['Inputs', isInputObjectType],
    ['Enums', isEnumType],
    ['Scalars', isScalarType],
  ];
  const sections = [
    ...roots.map(([title, kind, root]) => [
      `## ${title}\n`,
      ...Object.values(root!.getFields()).map((field) => call(kind, field)),
    ]),
    ...kinds.map(([title, isOf]) => [`## ${title}\n`, ...types.filter(isOf).map(section)]),
  ];
  return `${HEAD}\n${sections.flat().join('\n')}`;
}

/** A type may have the name of a call: the anchors of headings take no case. */
const call = (kind: string, { name, description, args, type }: GraphQLField<unknown, unknown>): string =>
  [
    `### ${kind} ${name}\n`,
    `${inline(description)} Answers with ${linked(type)}.\n`,
    ...(args.length > 0 ? [args.map(item).join('\n'), ''] : []),
  ].join('\n');

function section(type: GraphQLNamedType): string {
  return [`### ${type.name}\n`, `${inline(type.description)}\n`, ...members(type)].join('\n');
}

function members(type: GraphQLNamedType): string[] {
  if (isUnionType(type)) return [`One of ${type.getTypes().map(linked).join(', ')}.\n`];
  if (isEnumType(type))
    return [...type.getValues().map(({ name, description }) => `- \`${name}\`: ${inline(description)}`), ''];
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
    return [
      ...Object.values<GraphQLField<unknown, unknown> | GraphQLInputField>(type.getFields()).map(item),
      '',
    ];
  return [];
}

function item(of: GraphQLField<unknown, unknown> | GraphQLInputField | GraphQLArgument): string {
  const args = 'args' in of && of.args.length > 0 ? of.args.map((arg) => `  ${item(arg)}`) : [];
  return [`- \`${of.name}\` ${linked(of.type)}: ${inline(of.description)}`, ...args].join('\n');
}

const linked = (type: GraphQLType): string => {
  const named = getNamedType(type);
  return isSpecifiedScalarType(named) ? `\`${type}\`` : `[\`${type}\`](#${named.name.toLowerCase()})`;
};

/** On one line, so that a list stays a list. */
const inline = (text: string | null | undefined): string => (text ?? '').replace(/\s*\n\s*/g, ' ').trim();
