import { PreviewDocument, type PreviewQuery } from '../generated/graphql.ts';
import { type Api, accepted } from '../kit/api.ts';
import { print } from '../kit/output.ts';
import { printAmounts, printTable } from '../kit/table.ts';

export interface PreviewRequest {
  readonly pool: string;
  readonly lossEvents?: readonly string[] | undefined;
  readonly extraDeficit?: string | undefined;
  /** How many of the largest. */
  readonly haircuts: number;
}

export interface Previewed {
  readonly asset: string;
  readonly preview: Extract<PreviewQuery['previewSettlement'], { __typename: 'SettlementPreview' }>;
}

export async function askPreview(api: Api, request: PreviewRequest): Promise<Previewed> {
  const { pool, lossEvents, extraDeficit, haircuts } = request;
  const answer = await api.ask(PreviewDocument, {
    pool,
    input: { pool, lossEvents: lossEvents ? [...lossEvents] : null, extraDeficit: extraDeficit ?? null },
    haircuts,
  });
  return { preview: accepted(answer.previewSettlement), asset: answer.pool?.asset ?? '' };
}

export type Say = (line: string) => Promise<void>;

/** Who pays for a loss, from the first to the last: of a settlement that was made, or that would be. */
export interface Paid {
  readonly deficit: string;
  readonly recourse: string;
  readonly operatorCapital: string;
  readonly fundDraw: string;
  readonly socialized: string;
  readonly uncovered: string;
  readonly haircutCapacity: string;
  readonly haircutCount: number;
  readonly haircutRatio: { readonly decimal: string };
}

export async function showPaid(paid: Paid, asset: string, say: Say = print): Promise<void> {
  const bearers = `${paid.haircutCount} ${paid.haircutCount === 1 ? 'account' : 'accounts'}`;
  await printAmounts(
    [
      ['deficit', paid.deficit, asset],
      ["owners' other accounts", paid.recourse],
      ['operator capital', paid.operatorCapital],
      ['insurance fund', paid.fundDraw],
      [
        'profitable accounts',
        paid.socialized,
        `${bearers}, ${paid.haircutRatio.decimal} of their profit; they could bear ${paid.haircutCapacity}`,
      ],
      ['uncovered', paid.uncovered],
    ],
    say,
  );
}

export async function showPreview({ preview, asset }: Previewed, say: Say = print): Promise<void> {
  await showPaid(preview, asset, say);
  const { haircuts, haircutCount } = preview;
  if (haircuts.length === 0) return;
  await say('');
  await printTable(
    haircuts,
    [
      { title: 'LARGEST HAIRCUTS', of: ({ account }) => account.ref },
      { title: 'PROFIT', isNumber: true, of: ({ profit }) => profit },
      { title: 'HAIRCUT', isNumber: true, of: ({ amount }) => amount },
    ],
    say,
  );
  if (haircuts.length < haircutCount) await say(`… and ${haircutCount - haircuts.length} more`);
}
