import { useState } from 'react';
import type { Verdict } from '../../core/proof/check.ts';
import { SHEET_SHOWS_NOT, verifySheet } from '../../core/proof/verify-sheet.ts';
import { Meter } from '../kit/meter.tsx';
import { sha256 } from '../kit/sha256.ts';
import { Problem } from '../kit/states.tsx';
import { VerdictList } from '../kit/verdict.tsx';
import { useSession } from '../session/session.tsx';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'reading'; readonly done: number }
  | { readonly kind: 'done'; readonly verdict: Verdict }
  | { readonly kind: 'failed'; readonly message: string };

/** Lines between two looks at the screen. */
const BREATH = 500;

/** The whole sheet of a settlement, streamed and checked here: every haircut, every tie, and the root. */
export function SheetCheck({ path, root, leaves }: { path: string; root: string; leaves: number }) {
  const { session } = useSession();
  const [state, setState] = useState<State>({ kind: 'idle' });

  const check = async () => {
    if (session.state !== 'signed-in') return;
    setState({ kind: 'reading', done: 0 });
    try {
      const response = await fetch(path, { headers: { authorization: `Bearer ${session.token}` } });
      if (!response.ok) return setState({ kind: 'failed', message: (await response.text()).trim() });
      const lines = linesOf(response.body!, (done) => setState({ kind: 'reading', done }));
      setState({ kind: 'done', verdict: await verifySheet(lines, sha256, root) });
    } catch {
      setState({ kind: 'failed', message: 'The sheet broke off: try again.' });
    }
  };

  return (
    <div className="stack">
      <p className="row">
        <button type="button" onClick={() => void check()} disabled={state.kind === 'reading'}>
          Check every haircut
        </button>
        <span className="quiet">reads the whole sheet and allocates it anew, in this browser</span>
      </p>
      {state.kind === 'reading' && <Meter label="Lines of the sheet" done={state.done} of={leaves + 2} />}
      {state.kind === 'failed' && <Problem error={state.message} />}
      {state.kind === 'done' && <VerdictList verdict={state.verdict} showsNot={SHEET_SHOWS_NOT} />}
    </div>
  );
}

async function* linesOf(
  body: ReadableStream<Uint8Array>,
  onLines: (done: number) => void,
): AsyncGenerator<string> {
  let [rest, done] = ['', 0];
  for await (const chunk of body.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>,
  )) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      yield line;
      if (++done % BREATH > 0) continue;
      onLines(done);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  if (rest !== '') yield rest;
}
