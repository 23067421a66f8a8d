import { type DocumentNode, type ExecutionResult, type GraphQLSchema, visit } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { type Context, renewLoaders } from './context.ts';
import { printedResult } from './printed.ts';
import { PrintedLists } from './printed-lists.ts';
import { filled, type Print } from './printers.ts';

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
   * With what prints, and without it for answers in which that fails. Null for what graphql-js must execute.
   */
  compile(document: DocumentNode, operationName: string | null): Run | null {
    if (isConditional(document)) return null;
    const plain = () => compiled(this.#schema, document, operationName);
    const print = this.#lists.eventPrinter(document, operationName);
    if (print) return whole(print, plain);
    const rewritten = this.#lists.rewrite(document);
    return rewritten ? this.#withLists(rewritten, operationName, plain) : plain();
  }

  #withLists(
    { schema, document }: { schema: GraphQLSchema; document: DocumentNode },
    operationName: string | null,
    plain: () => Run | null,
  ): Run | null {
    const printing = compiled(schema, document, operationName);
    if (!printing) return null;
    const again = afresh(plain);
    return (root, context, variables) => {
      const judge = (result: ExecutionResult): Result =>
        this.#lists.failed(context) ? again(root, context, variables) : result;
      const result = printing(root, context, variables);
      return result instanceof Promise ? result.then(judge) : judge(result);
    };
  }
}

/** An answer that is printed as a whole. */
function whole(print: Print, plain: () => Run | null): Run {
  const again = afresh(plain);
  return (root, context, variables) => {
    try {
      const text = filled((later) => print(root, context, later));
      if (typeof text === 'string') return printedResult(text);
      return text.then(printedResult, () => again(root, context, variables));
    } catch {
      return again(root, context, variables);
    }
  };
}

/** Runs an operation once more, for what it says where something fails; compiled when that happens for the first time. */
function afresh(plain: () => Run | null): Run {
  let run: Run | null = null;
  return (root, context, variables) => {
    run ??= plain()!;
    renewLoaders(context);
    return run(root, context, variables);
  };
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
