import type { ExecutionResult } from 'graphql';
import type { Context } from './context.ts';
import { printData, printedResult } from './printed.ts';

type Run = (context: Context) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Answers to events that many hear: worked out and printed once for equal questions, where nothing in them asked who is listening.
 * What did ask, or failed, each listener gets for itself.
 */
export class SharedAnswers {
  readonly #byEvent = new WeakMap<object, Map<string, Promise<ExecutionResult | null>>>();

  async answer(event: object, question: string, context: Context, run: Run): Promise<ExecutionResult> {
    const answers = this.#byEvent.get(event) ?? new Map<string, Promise<ExecutionResult | null>>();
    this.#byEvent.set(event, answers);
    const known = answers.get(question);
    if (known) return (await known) ?? run(context);
    let personal = false;
    const watched: Context = {
      ...context,
      get viewer() {
        personal = true;
        return context.viewer;
      },
    };
    const first = (async () => run(watched))();
    const shared = first.then(
      (result) => (personal || result.errors ? null : printedResult(printData(result.data))),
      () => null,
    );
    answers.set(question, shared);
    return (await shared) ?? first;
  }
}
