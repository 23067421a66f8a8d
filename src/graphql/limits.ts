import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

/** Limits on what one document may ask, before anything runs. */

export const MAX_TOKENS = 5_000;
export const MAX_DEPTH = 15;
export const MAX_ROOT_FIELDS = 20;
export const MAX_FIELDS = 1_000;
export const MAX_ALIASES = 50;
export const MAX_DIRECTIVES = 50;

const tooMuch = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

interface Size {
  readonly fields: number;
  /** Fields of the set itself, those that its fragments bring included. */
  readonly direct: number;
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
}

const NOTHING: Size = { fields: 0, direct: 0, depth: 0, aliases: 0, directives: 0 };

/** No sum grows beyond what is refused anyway: fragments in fragments double it each time. */
const sum = (a: number, b: number): number => Math.min(a + b, MAX_FIELDS + 1);

/**
 * Counts fields as they come to be executed, with fragments written out where they are spread: an alias or a fragment
 * repeated a thousand times is a thousand fields. A spread costs what its fragment costs, measured once.
 */
function measure(
  context: ValidationContext,
  selectionSet: SelectionSetNode,
  seen: Map<string, Size>,
  open: Set<string>,
): Size {
  let total = NOTHING;
  for (const selection of selectionSet.selections) {
    let size = NOTHING;
    if (selection.kind === Kind.FIELD) {
      const inner = selection.selectionSet ? measure(context, selection.selectionSet, seen, open) : NOTHING;
      size = {
        fields: sum(inner.fields, 1),
        direct: 1,
        // Introspection nests by its nature, and graphql-js has a limit of its own for it.
        depth: selection.name.value.startsWith('__') ? 0 : inner.depth + 1,
        aliases: sum(inner.aliases, selection.alias ? 1 : 0),
        directives: inner.directives,
      };
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      size = measure(context, selection.selectionSet, seen, open);
    } else {
      size = measureFragment(context, selection.name.value, seen, open);
    }
    total = {
      fields: sum(total.fields, size.fields),
      direct: sum(total.direct, size.direct),
      depth: Math.max(total.depth, size.depth),
      aliases: sum(total.aliases, size.aliases),
      directives: sum(total.directives, sum(size.directives, selection.directives?.length ?? 0)),
    };
  }
  return total;
}

function measureFragment(
  context: ValidationContext,
  name: string,
  seen: Map<string, Size>,
  open: Set<string>,
): Size {
  const known = seen.get(name);
  if (known) return known;
  const fragment = context.getFragment(name);
  // A cycle or an unknown fragment is another rule's to refuse.
  if (!fragment || open.has(name)) return NOTHING;
  open.add(name);
  const size = measure(context, fragment.selectionSet, seen, open);
  open.delete(name);
  seen.set(name, size);
  return size;
}

function limitSize(context: ValidationContext): ASTVisitor {
  const refuse = (what: string) => context.reportError(tooMuch(`The operation ${what}.`));
  return {
    OperationDefinition(operation) {
      const size = measure(context, operation.selectionSet, new Map(), new Set());
      const directives = size.directives + (operation.directives?.length ?? 0);
      if (size.depth > MAX_DEPTH) refuse(`nests deeper than ${MAX_DEPTH} levels`);
      if (size.fields > MAX_FIELDS) refuse(`selects more than ${MAX_FIELDS} fields`);
      if (size.direct > MAX_ROOT_FIELDS) refuse(`has more than ${MAX_ROOT_FIELDS} root fields`);
      if (size.aliases > MAX_ALIASES) refuse(`has more than ${MAX_ALIASES} aliases: ask in several requests`);
      if (directives > MAX_DIRECTIVES) refuse(`has more than ${MAX_DIRECTIVES} directives`);
      return false;
    },
    FragmentDefinition: () => false,
  };
}

/** They run before the rules of the language, whose time grows with the square of what is selected. */
export const limitRules: readonly ValidationRule[] = [limitSize];
