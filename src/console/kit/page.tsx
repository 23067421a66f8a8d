import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';

interface PageProps {
  readonly title: string;
  /** Beside the title. */
  readonly aside?: ReactNode;
  readonly narrow?: boolean;
  readonly children: ReactNode;
}

/** Whether a page was shown before this one: the first keeps the focus where the browser has it. */
let moved = false;

/** A page: its heading takes the focus, so that who cannot see it hears that it is another. */
export function Page({ title, aside, narrow, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Shearwater`;
    if (moved) heading.current?.focus({ preventScroll: true });
    moved = true;
  }, [title]);
  return (
    <div className={narrow ? 'page narrow' : 'page'}>
      <div className="heading">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {aside}
      </div>
      {children}
    </div>
  );
}

export const NoSuchPage = () => (
  <Page title="There is no such page">
    <p>
      Go back to <Link href="/">the pools</Link>.
    </p>
  </Page>
);
