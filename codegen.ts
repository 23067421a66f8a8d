import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * Typed operations for the client, the demo and the tests: `npm run codegen` after an operation or schema.graphql changed.
 * Decimals stay text, as on the wire. Documents are strings, so that whoever sends them needs no GraphQL library.
 */
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/client/**/*.ts', 'demo/**/*.ts', 'test/**/*.ts', '!src/client/generated/**'],
  ignoreNoDocuments: true,
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    'src/client/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: { Decimal: 'string', DateTime: 'string', Sequence: 'string' },
      },
    },
  },
};

export default config;
