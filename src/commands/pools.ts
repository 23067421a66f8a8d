import { OnePoolDocument, type OnePoolQuery, PoolsDocument, type PoolsQuery } from './generated/graphql.ts';
import { openApi, SERVER_OPTIONS } from './kit/access.ts';
import { type Api, found } from './kit/api.ts';
import { defineCommand, EXIT, JSON_OPTION } from './kit/command.ts';
import { print, printJson, tell } from './kit/output.ts';
import { printFacts, printTable } from './kit/table.ts';

export const pools = defineCommand({
  name: 'pools',
  words: ['[POOL]'],
  summary: 'lists the pools, or shows one with its waterfall',
  about: '',
  options: { ...JSON_OPTION, ...SERVER_OPTIONS },
  examples: [
    ['pools', 'every pool: what its accounts and its fund have, what is open, what accounts could bear'],
    ['pools usd-perps', 'one pool: who pays for a loss and in which order, its markets, its open losses'],
    [
      'pools --json | jq \'.pools[] | select(.totals.openDeficit != "0.000000") | .name\'',
      'pools with a loss to settle',
    ],
  ],
  async run({ options, words: [name] }) {
    const api = await openApi(options);
    if (name !== undefined) {
      const { pool } = await api.ask(OnePoolDocument, { name });
      await (options.json ? printJson : showPool)(found(pool, `pool ${name}`));
      return EXIT.FINE;
    }
    const all = await everyPool(api);
    if (options.json) await printJson({ pools: all });
    else if (all.length === 0) tell('There is no pool yet: an ADMIN makes one with the mutation createPool.');
    else
      await printTable(all, [
        { title: 'POOL', of: (pool) => pool.name },
        { title: 'STATUS', of: (pool) => pool.status },
        { title: 'ASSET', of: (pool) => pool.asset },
        { title: 'ACCOUNTS', isNumber: true, of: (pool) => pool.totals.accounts },
        { title: 'EQUITY', isNumber: true, of: (pool) => pool.totals.equity },
        { title: 'FUND', isNumber: true, of: (pool) => pool.insuranceFund.balance },
        { title: 'OPEN DEFICIT', isNumber: true, of: (pool) => pool.totals.openDeficit },
        { title: 'CAPACITY', isNumber: true, of: (pool) => pool.totals.haircutCapacity },
      ]);
    return EXIT.FINE;
  },
});

type Listed = PoolsQuery['pools']['edges'][number]['node'];

async function everyPool(api: Api): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let after: string | null = null; ; ) {
    const { pools: page }: PoolsQuery = await api.ask(PoolsDocument, { after });
    all.push(...page.edges.map(({ node }) => node));
    if (!page.pageInfo.hasNextPage) return all;
    after = page.pageInfo.endCursor ?? null;
  }
}

type Shown = NonNullable<OnePoolQuery['pool']>;

async function showPool(pool: Shown): Promise<void> {
  const { totals, rules, markets, insuranceFund } = pool;
  await printFacts([
    ['pool', `${pool.name}, in ${pool.asset} with ${pool.decimals} digits`],
    ['status', pool.haltReason ? `${pool.status}: ${pool.haltReason}` : pool.status],
    ['sequence', pool.sequence],
    ['accounts', `${totals.accounts}, ${totals.profitableAccounts} of them in profit`],
    ['equity', totals.equity],
    ['open interest', totals.openInterest],
    ['fund', `${insuranceFund.balance}, of which settlements may draw ${insuranceFund.available}`],
    ['open deficit', totals.openDeficit],
    ['uncovered', totals.uncovered],
    [
      'rules',
      `version ${rules.version}: ${rules.method}, scope ${rules.scope}, profit ${rules.profitBasis}, at most ${rules.maxHaircutRate} of it`,
    ],
  ]);
  await print('');
  await printTable(rules.tiers, [
    { title: 'WHO PAYS, IN THIS ORDER', of: ({ tier }) => tier },
    { title: 'COULD PAY NOW', isNumber: true, of: ({ tier }) => couldPay(pool, tier) },
    { title: 'CAP PER EVENT', isNumber: true, of: ({ capPerEvent }) => capPerEvent },
    { title: 'RESERVE', isNumber: true, of: ({ reserve }) => reserve },
  ]);
  if (markets.length > 0) {
    await print('');
    await printTable(markets, [
      { title: 'MARKET', of: ({ symbol }) => symbol },
      { title: 'MARK', isNumber: true, of: ({ markPrice }) => markPrice },
      { title: 'MAINTENANCE', isNumber: true, of: ({ maintenanceMarginRate }) => maintenanceMarginRate },
      { title: 'MARKED AT', of: ({ markedAt }) => markedAt },
    ]);
  }
  const losses = pool.lossEvents.edges.map(({ node }) => node);
  if (losses.length > 0) {
    await print('');
    await printTable(losses, [
      { title: 'OPEN LOSS', of: ({ ref }) => ref },
      { title: 'DEFICIT', isNumber: true, of: ({ deficit }) => deficit },
      { title: 'SEQUENCE', isNumber: true, of: ({ sequence }) => sequence },
      { title: 'OPENED AT', of: ({ openedAt }) => openedAt },
    ]);
  }
}

/** What a tier holds; null for one whose money is outside of the pool, or depends on whose loss it is. */
function couldPay({ insuranceFund, totals }: Shown, tier: Shown['rules']['tiers'][number]['tier']) {
  if (tier === 'INSURANCE_FUND') return insuranceFund.available;
  return tier === 'SOCIALIZATION' ? totals.haircutCapacity : null;
}
