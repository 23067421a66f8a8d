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

const tooMuch = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

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
  let fields = 0;
  let depth = 0;
  for (const selection of selectionSet.selections) {
    let size: Size = { fields: 0, depth: 0 };
    if (selection.kind === Kind.FIELD) {
      // Introspection nests by its nature and reads no data.
      if (selection.name.value.startsWith('__')) continue;
      if (selection.selectionSet) size = measure(context, selection.selectionSet, seen, open);
      size = { fields: size.fields + 1, depth: size.depth + 1 };
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      size = measure(context, selection.selectionSet, seen, open);
    } else {
      size = measureFragment(context, selection.name.value, seen, open);
    }
    fields = Math.min(fields + size.fields, MAX_FIELDS + 1);
    depth = Math.max(depth, size.depth);
  }
  return { fields, depth };
}

interface Size {
  readonly fields: number;
  readonly depth: number;
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
  if (!fragment || open.has(name)) return { fields: 0, depth: 0 };
  open.add(name);
  const size = measure(context, fragment.selectionSet, seen, open);
  open.delete(name);
  seen.set(name, size);
  return size;
}

function limitSize(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const { fields, depth } = measure(context, operation.selectionSet, new Map(), new Set());
      if (depth > MAX_DEPTH)
        context.reportError(tooMuch(`The operation nests deeper than ${MAX_DEPTH} levels.`));
      if (fields > MAX_FIELDS)
        context.reportError(tooMuch(`The operation selects more than ${MAX_FIELDS} fields.`));
      if (operation.selectionSet.selections.length > MAX_ROOT_FIELDS) {
        context.reportError(tooMuch(`The operation has more than ${MAX_ROOT_FIELDS} root fields.`));
      }
    },
  };
}

export const limitRules: readonly ValidationRule[] = [limitSize];
