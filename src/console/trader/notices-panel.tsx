import { useMemo, useState } from 'react';
import { PROOF_SHOWS_NOT } from '../../core/proof/verify-proof.ts';
import { Amount, When } from '../kit/amount.tsx';
import { Panel } from '../kit/panel.tsx';
import { checkNotice } from '../kit/proven.ts';
import { Empty, Problem } from '../kit/states.tsx';
import { VerdictList } from '../kit/verdict.tsx';
import { words } from '../kit/words.ts';
import { type Link, nameOf } from './chain.ts';
import { useNotices } from './notices.ts';

interface NoticesProps {
  readonly pool: string;
  readonly account: string;
  readonly total: string;
  readonly recovered: string;
}

/** What the account was told, as it is told, each haircut checked by its proof. */
export function NoticesPanel({ pool, account, total, recovered }: NoticesProps) {
  const { chain, gaps, mended, problem } = useNotices(pool, account);
  return (
    <Panel
      title="Haircuts"
      wide
      aside={
        <>
          <Amount value={total} /> taken, <Amount value={recovered} /> given back
        </>
      }
    >
      {problem && <Problem error={problem} />}
      {gaps.map(({ after, before }) => (
        <p className="problem" role="status" key={before}>
          A notice is missing {after === null ? '' : `after sequence ${after} and `}before sequence {before}.
          It is being asked for.
        </p>
      ))}
      {mended > 0 && gaps.length === 0 && (
        <p className="note" role="status">
          <span className="good">✓</span> {mended === 1 ? 'One notice' : `${mended} notices`} did not arrive
          and {mended === 1 ? 'was' : 'were'} found by asking: nothing is missing.
        </p>
      )}
      <div className="notices">
        {chain.length === 0 ? (
          <Empty>No haircut so far. One would appear here in the moment that it is settled.</Empty>
        ) : (
          <ol reversed>
            {chain.toReversed().map((link) => (
              <li key={nameOf(link)}>
                <Notice pool={pool} account={account} link={link} />
              </li>
            ))}
          </ol>
        )}
      </div>
    </Panel>
  );
}

function Notice({ pool, account, link }: { pool: string; account: string; link: Link }) {
  const { kind, amount, at, explanation, sequence } = link;
  const [isOpen, setOpen] = useState(false);
  const verdict = useMemo(
    () => checkNotice(link, { ...link.haircut, pool, account }, link.haircut),
    [link, pool, account],
  );
  const proven = kind === 'HAIRCUT' ? 'proven' : 'haircut proven';
  return (
    <article className="notice" aria-label={`Sequence ${sequence}`}>
      <p className="notice-head">
        <span className={`tag ${kind === 'HAIRCUT' ? 'OPEN' : 'SETTLED'}`}>{words(kind)}</span>
        <strong>
          <Amount value={amount} />
        </strong>
        <When at={at} />
        {verdict && (
          <button type="button" className="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {verdict.ok ? (
              <span className="good">✓ {proven}</span>
            ) : (
              <span className="bad">✗ not proven</span>
            )}
          </button>
        )}
      </p>
      <p className="quiet">{explanation ?? 'It did not arrive, and was found by asking.'}</p>
      {isOpen && verdict && <VerdictList verdict={verdict} showsNot={PROOF_SHOWS_NOT} />}
    </article>
  );
}
