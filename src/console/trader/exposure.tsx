import type { AccountPageQuery } from '../generated/graphql.ts';
import { Amount, Percent } from '../kit/amount.tsx';
import { isZero } from '../kit/digits.ts';
import { Panel } from '../kit/panel.tsx';
import { Empty } from '../kit/states.tsx';

type Exposure = NonNullable<NonNullable<NonNullable<AccountPageQuery['pool']>['account']>['lossExposure']>;

/** What the accounts that are in trouble now could cost this one. */
export function ExposurePanel({ exposure, openDeficit }: { exposure: Exposure | null; openDeficit: string }) {
  return (
    <Panel title="What others’ trouble could cost" aside="if all in trouble were closed out now">
      {!exposure ? (
        <Empty>Only its owner, and who reads the whole pool, may see this.</Empty>
      ) : (
        <>
          <p className={isZero(exposure.haircut) ? 'big' : 'big bad'}>
            <Amount value={exposure.haircut} />{' '}
            <span className="quiet">
              <Percent share={exposure.haircutRate.decimal} /> of its profit
            </span>
          </p>
          <dl className="facts numbers">
            <dt>Would be lost in all</dt>
            <dd>
              <Amount value={exposure.deficit} />
            </dd>
            <dt>Profitable accounts would bear</dt>
            <dd>
              <Amount value={exposure.socialized} />
            </dd>
            <dt>The most that it could bear</dt>
            <dd>
              <Amount value={exposure.capacity} />
            </dd>
            <dt>First touched by a fall of</dt>
            <dd>
              {exposure.touchedByFall == null ? (
                'no fall'
              ) : (
                <Percent share={exposure.touchedByFall} digits={3} />
              )}
            </dd>
            <dt>First touched by a rise of</dt>
            <dd>
              {exposure.touchedByRise == null ? (
                'no rise'
              ) : (
                <Percent share={exposure.touchedByRise} digits={3} />
              )}
            </dd>
          </dl>
          {!isZero(openDeficit) && (
            <p className="note">
              Losses of <Amount value={openDeficit} /> are open besides, and wait for a settlement.
            </p>
          )}
        </>
      )}
    </Panel>
  );
}
