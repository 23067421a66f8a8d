import type { CodegenConfig } from '@graphql-codegen/cli';

/** Decimals stay text, as on the wire. Documents are strings, so that whoever sends them needs no GraphQL library. */
const options = {
  documentMode: 'string',
  enumsAsTypes: true,
  useTypeImports: true,
  strictScalars: true,
  scalars: { Decimal: 'string', DateTime: 'string', Sequence: 'string' },
};

/** Typed operations for the client, the console, the demo and the tests: `npm run codegen` after an operation or schema.graphql changed. */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  ignoreNoDocuments: true,
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    // In files of their own, so that who ships them ships each document once.
    'src/client/generated/': {
      documents: ['src/client/operations/*.graphql'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: options,
    },
    'src/commands/generated/': {
      documents: ['src/commands/**/*.graphql'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: options,
    },
    'src/console/generated/': {
      documents: ['src/console/**/*.graphql'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: options,
    },
    'test/generated/': {
      documents: ['demo/**/*.ts', 'test/**/*.ts', '!test/generated/**'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: options,
    },
  },
};

export default config;
