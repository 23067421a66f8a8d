import SchemaBuilder from '@pothos/core';
import type { Access } from '../auth/viewer.ts';
import type { Context } from './context.ts';

/**
 * The schema's builder. Names, nullability and arguments are code; descriptions are written once, in schema.graphql,
 * and attached from there (describe.ts). Fields are non-null unless they say otherwise.
 */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    Decimal: { Input: string; Output: string };
    DateTime: { Input: string; Output: string };
    Sequence: { Input: string; Output: bigint };
  };
}>({ defaultFieldNullability: false });

/** What a root field asks of its caller. A root field without it does not build (schema.ts): deny is the default. */
export const access = (needed: Access) => ({ extensions: { access: needed } });

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});
