import type { ExecutionResult } from 'graphql';
import type { Context } from './context.ts';
import { printData } from './printed.ts';

/** An answer that goes to many as it is: it is printed once. */
export class SharedAnswer implements ExecutionResult {
  readonly data: ExecutionResult['data'];
  #text: string | null = null;

  constructor(data: ExecutionResult['data']) {
    this.data = data;
  }

  /** An answer that was printed before: few ever look into it. */
  static printed(text: string): SharedAnswer {
    const answer = new SharedAnswer(null);
    answer.#text = text;
    return Object.defineProperty(answer, 'data', { enumerable: true, get: () => JSON.parse(text).data });
  }

  get text(): string {
    this.#text ??= `{"data":${printData(this.data)}}`;
    return this.#text;
  }
}

type Run = (context: Context) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Answers to events that many hear: worked out once for equal questions, where nothing in them asked who is listening. What
 * did ask, or failed, each listener gets for itself.
 */
export class SharedAnswers {
  readonly #byEvent = new WeakMap<object, Map<string, Promise<SharedAnswer | null>>>();

  async answer(event: object, question: string, context: Context, run: Run): Promise<ExecutionResult> {
    const answers = this.#byEvent.get(event) ?? new Map<string, Promise<SharedAnswer | null>>();
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
      (result) => (personal || result.errors ? null : new SharedAnswer(result.data)),
      () => null,
    );
    answers.set(question, shared);
    return (await shared) ?? first;
  }
}
