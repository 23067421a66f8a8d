import { mayReadAccount, mayUsePool } from '../auth/viewer.ts';
import { findable } from '../settlement/locked-pool.ts';
import { ACCOUNT_NAME } from './account-view.ts';
import { access, builder } from './builder.ts';
import type { Context } from './context.ts';
import { badUserInput } from './errors.ts';
import { type DecodedId, decodeId, sequenceKey } from './ids.ts';
import { MAX_PAGE } from './paging.ts';
import { NodeInterface, typed } from './refs.ts';

NodeInterface.implement({
  fields: (t) => ({ id: t.id() }),
  resolveType: (node) => (node as { __typename: string }).__typename,
});

/** The entity of an id, or null where there is none that the viewer may read. */
async function loadNode(context: Context, { type, keys }: DecodedId): Promise<{ __typename: string } | null> {
  const { loaders, pools, viewer } = context;
  const [name, ref] = keys as [string, string?];
  if (!keys.every(findable) || !mayUsePool(viewer!, name)) return null;
  if (type === 'Pool' || type === 'InsuranceFund') {
    const pool = await loaders.poolByName.load(name);
    return pool ? typed(type, pool) : null;
  }
  // Of what is in a pool its number is all that is asked.
  const pool = pools.find(name) ?? (await loaders.poolByName.load(name));
  if (!pool) return null;
  const { poolId } = pool;
  if (type === 'Market') {
    const market = (await loaders.markets.load(pool)).find(({ symbol }) => symbol === ref);
    return market ? typed(type, market) : null;
  }
  if (type === 'Account') {
    const account = await loaders.accountByRef(ACCOUNT_NAME).load({ poolId, ref: ref! });
    return account && mayReadAccount(viewer!, account.owner) ? typed(type, account) : null;
  }
  if (type === 'LossEvent') {
    const event = await loaders.lossEventByRef.load({ poolId, ref: ref! });
    return event ? typed(type, event) : null;
  }
  const sequence = sequenceKey(ref!);
  if (sequence === null) return null;
  if (type === 'Haircut') {
    const haircut = await loaders.haircut.load({ poolId, sequence, accountRef: keys[2]! });
    return haircut && mayReadAccount(viewer!, haircut.accountOwner) ? typed(type, haircut) : null;
  }
  const rows = { Settlement: loaders.settlement, FundEntry: loaders.fundEntry, Recovery: loaders.recovery };
  const row = await rows[type].load({ poolId, sequence });
  return row ? typed(type, row) : null;
}

async function nodeById(context: Context, id: string) {
  const decoded = decodeId(id);
  return decoded ? loadNode(context, decoded) : null;
}

builder.queryFields((t) => ({
  node: t.field({
    type: NodeInterface,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    ...access('read'),
    resolve: (_, { id }, context) => nodeById(context, id),
  }),
  nodes: t.field({
    type: [NodeInterface],
    nullable: { list: false, items: true },
    args: { ids: t.arg.idList({ required: true }) },
    ...access('read'),
    resolve: (_, { ids }, context) => {
      if (ids.length > MAX_PAGE) throw badUserInput(`\`ids\` holds at most ${MAX_PAGE} ids.`);
      return Promise.all(ids.map((id) => nodeById(context, id)));
    },
  }),
}));
