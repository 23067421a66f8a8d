import { type FormEvent, useState } from 'react';
import { canonicalDecimal } from '../../core/decimal.ts';
import { CompareMethodsDocument, type CompareMethodsQuery } from '../generated/graphql.ts';
import { Amount, Percent, Quantity } from '../kit/amount.tsx';
import { pixels } from '../kit/digits.ts';
import { useLive } from '../kit/live.tsx';
import { Page } from '../kit/page.tsx';
import { Panel } from '../kit/panel.tsx';
import { Spark } from '../kit/spark.tsx';
import { Empty, Problem, Waiting } from '../kit/states.tsx';
import { type Column, Table } from '../kit/table.tsx';
import { words } from '../kit/words.ts';

type Compared = Extract<CompareMethodsQuery['compareAllocations'], { __typename: 'AllocationComparison' }>;
type Outcome = Compared['methods'][number];

const COLUMNS: readonly Column<Outcome>[] = [
  { head: 'Method', cell: ({ method }) => words(method) },
  { head: 'Haircuts', number: true, cell: ({ socialized }) => <Amount value={socialized} /> },
  {
    head: 'Uncovered',
    number: true,
    cell: ({ uncovered }) => <Amount value={uncovered} />,
    bad: ({ uncovered }) => /[1-9]/.test(uncovered),
  },
  { head: 'Touched', number: true, cell: ({ accountsTouched }) => <Quantity value={accountsTouched} /> },
  { head: 'Lose all', number: true, cell: ({ accountsWipedOut }) => <Quantity value={accountsWipedOut} /> },
  { head: 'Largest rate', number: true, cell: ({ largestRate }) => <Percent share={largestRate.decimal} /> },
  {
    head: 'Ten largest bear',
    number: true,
    cell: ({ topTenShare }) => (
      <Spark share={pixels(topTenShare)}>
        <Percent share={topTenShare} />
      </Spark>
    ),
  },
  {
    head: 'Like equal bearers',
    number: true,
    cell: ({ effectiveNumber }) => <Quantity value={effectiveNumber.split('.')[0]} />,
  },
  { head: 'Gini', number: true, cell: ({ gini }) => gini.slice(0, 6) },
  { head: 'Two halves', cell: ({ splitting }) => (splitting.changes ? 'otherwise' : 'the same') },
  { head: 'Two steps', cell: ({ twoSteps }) => (twoSteps.changes ? 'otherwise' : 'the same') },
];

/** Every method on the same losses, side by side, before anyone settles: those that are open, and a loss of one's own to try. */
export function MethodsPage({ pool }: { pool: string }) {
  const [text, setText] = useState('');
  const [extra, setExtra] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const [{ data, error, fetching }, ask] = useLive(CompareMethodsDocument, { pool, extraDeficit: extra });
  const answer = data?.compareAllocations;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const value = canonicalDecimal(text.trim().replaceAll(',', ''));
    setWrong(text.trim() !== '' && value === null);
    if (text.trim() === '' || value !== null) setExtra(value);
  };

  return (
    <Page title={`Methods compared · ${pool}`}>
      <Panel title="Which losses">
        <form onSubmit={submit} className="inline">
          <label htmlFor="extra">A loss to try, beside those that are open</label>
          <span className="row">
            <input
              id="extra"
              inputMode="decimal"
              value={text}
              onChange={({ target }) => setText(target.value)}
              aria-invalid={wrong}
              aria-describedby="extra-wrong"
            />
            <button type="submit">Compare</button>
          </span>
          <p id="extra-wrong" className="wrong" role="alert">
            {wrong && 'Write an amount in the pool’s asset, such as 1000000.'}
          </p>
        </form>
      </Panel>
      <Panel title="What each method would do now" aside={fetching ? 'asking…' : 'nothing is written'} wide>
        <div className="methods">
          {error && !answer ? (
            <Problem error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />
          ) : !answer ? (
            <Waiting rows={8} />
          ) : answer.__typename === 'AllocationComparison' ? (
            <>
              <Table label="Methods" columns={COLUMNS} rows={answer.methods} keyOf={({ method }) => method} />
              <p className="note">
                <em>Two halves</em>: whether the largest winner would pay otherwise had it split its account.{' '}
                <em>Two steps</em>: whether settling half of the loss first would move anybody. Both are
                computed, not claimed.
              </p>
            </>
          ) : answer.code === 'NOTHING_TO_SETTLE' ? (
            <Empty>No loss is open. Name a loss above to see what each method would make of it.</Empty>
          ) : (
            <Problem error={answer.message} />
          )}
        </div>
      </Panel>
    </Page>
  );
}
