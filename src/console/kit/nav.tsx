import { Link, useLocation } from 'wouter';

interface NavLinkProps {
  readonly href: string;
  /** Whether pages below it count as it. */
  readonly deep?: boolean;
  readonly children: string;
}

/** A link that says whether it leads to where one is. */
export function NavLink({ href, deep = false, children }: NavLinkProps) {
  const [here] = useLocation();
  const isHere = here === href || (deep && here.startsWith(`${href}/`));
  return (
    <Link href={href} className={isHere ? 'active' : ''} aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  );
}

/** A part of a path as it was before it was encoded; what is no encoding stands for itself. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
