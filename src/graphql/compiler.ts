import { type DocumentNode, type ExecutionResult, type GraphQLSchema, visit } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { type Context, renewLoaders } from './context.ts';
import { PrintedLists } from './printed-lists.ts';

type Result = ExecutionResult | Promise<ExecutionResult>;
/** What a compiled operation answers. */
export type Run = (root: unknown, context: Context, variables: Record<string, unknown>) => Result;

/** Compiles queries and subscriptions (graphql-jit), with lists that print. */
export class Compiler {
  readonly #schema: GraphQLSchema;
  readonly #lists: PrintedLists;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#lists = new PrintedLists(schema);
  }

  /**
   * With lists that print, and without them for answers in which one of them fails. Null for what graphql-js must execute.
   */
  compile(document: DocumentNode, operationName: string | null): Run | null {
    if (isConditional(document)) return null;
    const rewritten = this.#lists.rewrite(document);
    if (!rewritten) return compiled(this.#schema, document, operationName);
    const printing = compiled(rewritten.schema, rewritten.document, operationName);
    if (!printing) return null;
    let plain: Run | null = null;
    const again = (...[root, context, variables]: Parameters<Run>): Result => {
      plain ??= compiled(this.#schema, document, operationName)!;
      renewLoaders(context);
      return plain(root, context, variables);
    };
    return (root, context, variables) => {
      const result = printing(root, context, variables);
      if (!(result instanceof Promise))
        return this.#lists.failed(context) ? again(root, context, variables) : result;
      return result.then((value) => (this.#lists.failed(context) ? again(root, context, variables) : value));
    };
  }
}

function compiled(schema: GraphQLSchema, document: DocumentNode, operationName: string | null): Run | null {
  const made = compileQuery(schema, document, operationName ?? undefined);
  return isCompiledQuery(made) ? made.query : null;
}

/**
 * graphql-jit takes the condition of one spread for all spreads of a fragment, and moves conditional fields among the
 * others: such documents are graphql-js's.
 */
function isConditional(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      if (name.value === 'include' || name.value === 'skip') found = true;
    },
  });
  return found;
}
