import { type FormEvent, useId, useState } from 'react';
import { When } from '../kit/amount.tsx';
import { Page } from '../kit/page.tsx';
import { Panel } from '../kit/panel.tsx';
import { useSession } from './session.tsx';

/** Who is signed in, and the place to paste a token: the first one, or the next. */
export function SignInPage() {
  const { session, signIn, signOut } = useSession();
  const [problem, setProblem] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [field, help, wrong] = [useId(), useId(), useId()];

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = signIn(text);
    setProblem(found);
    if (found === null) setText('');
  };

  return (
    <Page title={session.state === 'signed-in' ? 'Session' : 'Sign in'} narrow>
      {session.state === 'signed-out' && session.reason && <p role="status">{session.reason}</p>}
      {session.state === 'signed-in' && (
        <Panel title="Signed in as">
          <dl className="facts">
            <dt>Subject</dt>
            <dd>{session.claims.subject}</dd>
            <dt>Roles</dt>
            <dd>{session.claims.roles.join(', ') || 'none: this token may read nothing'}</dd>
            <dt>Pools</dt>
            <dd>{session.claims.pools?.join(', ') ?? 'all'}</dd>
            <dt>Good until</dt>
            <dd>
              <When at={session.claims.expiresAt.toISOString()} />
            </dd>
          </dl>
          {session.isLocal ? (
            <p className="note">
              This server was started for this machine alone, so whoever opens its console here is its
              administrator. Set AUTH_JWT_SECRET to have everybody sign in.
            </p>
          ) : (
            <button type="button" onClick={() => signOut()}>
              Sign out
            </button>
          )}
        </Panel>
      )}
      <Panel title={session.state === 'signed-in' ? 'Another token' : 'Token'}>
        <form onSubmit={submit}>
          <label htmlFor={field}>Bearer token</label>
          <input
            id={field}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={({ target }) => setText(target.value)}
            aria-describedby={problem ? wrong : help}
            aria-invalid={problem !== null}
          />
          <p id={wrong} role="alert" className="wrong">
            {problem}
          </p>
          <p id={help} className="note">
            Your identity provider signs it, or on the server’s machine:{' '}
            <code>npm run token -- --subject me --role ANALYST</code>. It stays in this tab and is forgotten
            when you close it.
          </p>
          <button type="submit">Sign in</button>
        </form>
      </Panel>
    </Page>
  );
}
