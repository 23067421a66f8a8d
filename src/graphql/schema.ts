import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  lexicographicSortSchema,
  specifiedDirectives,
} from 'graphql';
import { type Access, allows, mayUsePool, rolesFor } from '../auth/viewer.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { describe } from './describe.ts';
import { forbidden, unauthenticated } from './errors.ts';
import { maxLag } from './max-lag.ts';
import './scalars.ts';
import './pool.ts';
import './market.ts';
import './fund.ts';
import './account.ts';
import './margin.ts';
import './rules.ts';
import './settlement.ts';
import './haircut.ts';
import './commitment.ts';
import './recovery.ts';
import './comparison.ts';
import './preview.ts';
import './viewer.ts';
import './node.ts';
import './mutations.ts';
import './administration.ts';
import './tokens.ts';
import './trading.ts';
import './risk.ts';
import './exposure.ts';
import './stress.ts';
import './simulation.ts';
import './forecast.ts';
import './fund-depletion.ts';
import './notices.ts';
import './webhook.ts';
import './webhook-mutations.ts';

type Resolver = GraphQLFieldResolver<unknown, Context>;

/** The checks before a root field: who is calling, what the field needs, and whether the token reaches the pool. */
function authorize(context: Context, needed: Access, args: Record<string, unknown>): void {
  const { viewer } = context;
  if (!viewer) throw unauthenticated('Send a bearer token: `authorization: Bearer <token>`.');
  if (!allows(viewer, needed))
    throw forbidden(`Your roles do not allow this: it takes a token with ${rolesFor(needed).join(' or ')}.`);
  const input = args.input as { pool?: string; name?: string } | undefined;
  const pool = input?.pool ?? input?.name;
  if (pool !== undefined && !mayUsePool(viewer, pool))
    throw forbidden(
      'The token does not reach this pool: its `pools` claim does not name it. Use one that does.',
    );
}

/** Puts the checks in front of every root field. A field that does not say what access it needs does not build. */
function guard(type: GraphQLObjectType): void {
  for (const field of Object.values(type.getFields())) {
    const needed = field.extensions.access as Access | undefined;
    if (!needed) throw new Error(`${type.name}.${field.name} does not say what access it needs`);
    const guarded =
      (inner: Resolver): Resolver =>
      (source, args, context, info) => {
        authorize(context, needed, args);
        return inner(source, args, context, info);
      };
    if (field.subscribe) field.subscribe = guarded(field.subscribe as Resolver) as never;
    else field.resolve = guarded(field.resolve as Resolver) as never;
  }
}

function build(): GraphQLSchema {
  const schema = lexicographicSortSchema(builder.toSchema({ directives: [...specifiedDirectives, maxLag] }));
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
    guard(type!);
  describe(schema);
  return schema;
}

export const schema = build();
