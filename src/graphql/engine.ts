import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  mapSourceToResponseEvent,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  validateSubscriptionArgs,
} from 'graphql';
import type { AnswerCache } from './answer-cache.ts';
import { Compiler, type Run } from './compiler.ts';
import type { Context } from './context.ts';
import { type CostOf, costOf } from './cost.ts';
import { badUserInput } from './errors.ts';
import { resultsOf } from './event-results.ts';
import { limitRules, MAX_TOKENS } from './limits.ts';
import { SharedAnswers } from './shared-answers.ts';

/** A document that was parsed and validated, and its operations as they were compiled. */
export interface Prepared {
  readonly document: DocumentNode;
  readonly operations: Map<string, Run | null>;
  readonly costs: Map<string, CostOf>;
  /** Tells it from others, for as long as the process runs. */
  readonly number: number;
}

/** How many documents are kept parsed, validated and compiled. */
const MAX_DOCUMENTS = 1_000;

/** Documents longer than this are run but not kept. */
const MAX_KEPT_LENGTH = 20_000;

/** What a document costs beside its operation when it comes for the first time, in points: to parse, validate and compile it. */
const NEW_DOCUMENT_POINTS = 10;

export interface EngineOptions {
  /** Tells nobody what the schema looks like: neither by introspection nor by suggestions in errors. */
  readonly hidesSchema?: boolean;
  /** Left out, every query is worked out anew. */
  readonly answers?: AnswerCache | null;
}

/** What a caller asks for. */
export interface Question {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Executes operations for every transport. A document is parsed and validated once; a query is compiled to a function
 * of its own (graphql-jit), and so is what a subscription does for each event. Mutations go through graphql-js: their time is in
 * the database.
 */
export class Engine {
  readonly schema: GraphQLSchema;
  readonly #bySource = new Map<string, Prepared>();
  readonly #byDocument = new WeakMap<DocumentNode, Prepared>();
  readonly #shared = new SharedAnswers();
  readonly #compiler: Compiler;
  readonly #hidesSchema: boolean;
  readonly #answers: AnswerCache | null;
  #documents = 0;

  constructor(schema: GraphQLSchema, { hidesSchema = false, answers = null }: EngineOptions = {}) {
    this.schema = schema;
    this.#compiler = new Compiler(schema);
    this.#answers = answers;
    this.#hidesSchema = hidesSchema;
  }

  /** The prepared document, or why it is refused. */
  prepare(source: string): Prepared | readonly GraphQLError[] {
    const known = this.known(source);
    if (known) return known;
    let document: DocumentNode;
    try {
      document = this.parse(source);
      const errors = this.validate(document);
      if (errors.length > 0) return errors;
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
    const prepared = this.#remember(document);
    if (source.length <= MAX_KEPT_LENGTH) {
      if (this.#bySource.size >= MAX_DOCUMENTS) this.#bySource.delete(this.#bySource.keys().next().value!);
      this.#bySource.set(source, prepared);
    }
    return prepared;
  }

  /** A document that was prepared before, without preparing it now. */
  known(source: string): Prepared | undefined {
    const prepared = this.#bySource.get(source);
    if (prepared) {
      // The most recently used stay: a Map keeps the order of insertion.
      this.#bySource.delete(source);
      this.#bySource.set(source, prepared);
    }
    return prepared;
  }

  parse(source: string): DocumentNode {
    return onStack(() => parse(source, { maxTokens: MAX_TOKENS }));
  }

  validate(document: DocumentNode): readonly GraphQLError[] {
    if (this.#byDocument.has(document)) return [];
    const options = { maxErrors: 10, hideSuggestions: this.#hidesSchema };
    const tooMuch = onStack(() => validate(this.schema, document, limitRules, options));
    if (tooMuch.length > 0) return tooMuch;
    const more = this.#hidesSchema ? [NoSchemaIntrospectionCustomRule] : [];
    return onStack(() => validate(this.schema, document, [...specifiedRules, ...more], options));
  }

  /** The prepared document of a question or why it is refused, and what it costs in points either way. */
  weigh({ query, operationName, variables }: Question): {
    readonly prepared: Prepared | readonly GraphQLError[];
    readonly points: number;
  } {
    const known = this.known(query);
    if (known) return { prepared: known, points: this.#costOf(known, operationName)(variables) };
    const prepared = this.prepare(query);
    if (!('document' in prepared)) return { prepared, points: NEW_DOCUMENT_POINTS };
    return { prepared, points: NEW_DOCUMENT_POINTS + this.#costOf(prepared, operationName)(variables) };
  }

  /** Runs a query or a mutation that validate() passed. */
  execute(args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult {
    const prepared = this.#byDocument.get(args.document) ?? this.#remember(args.document);
    const compiled = this.#compile(prepared, args.operationName ?? null);
    if (!compiled) return execute(this.#hiding(args)) as Promise<ExecutionResult> | ExecutionResult;
    const { errors, variables } = this.#coerceVariables(args);
    if (errors) return { errors };
    const context = args.contextValue as Context;
    const run = () => compiled(args.rootValue, context, variables);
    if (!this.#answers) return run();
    const asked = { prepared, operationName: args.operationName ?? null, variables };
    return this.#answers.answer(asked, context, run);
  }

  /**
   * Opens a subscription that validate() passed. What it selects is compiled once, and every event runs compiled. It ends with
   * the first event that could not be read, so that whoever resumes after the last cursor is told it then.
   */
  async subscribe(args: ExecutionArgs): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const validated = validateSubscriptionArgs(this.#hiding(args));
    if (!('schema' in validated)) return { errors: validated };
    const events = await createSourceEventStream(validated);
    if (!(Symbol.asyncIterator in events)) return events;
    const prepared = this.#byDocument.get(args.document) ?? this.#remember(args.document);
    const compiled = this.#compile(prepared, args.operationName ?? null);
    if (!compiled) return resultsOf(mapSourceToResponseEvent(validated, events), (result) => result);
    const variables = { ...validated.variableValues.coerced };
    const context = args.contextValue as Context;
    const run = (event: unknown, of: Context) => compiled(event, of, variables);
    if (!isHeardByMany(this.schema, args)) return resultsOf(events, (event) => run(event, context));
    const question = `${prepared.number}\n${args.operationName ?? ''}\n${JSON.stringify(variables)}`;
    return resultsOf(events, (event) =>
      this.#shared.answer(event as object, question, context, (of) => run(event, of)),
    );
  }

  /** Whether the operation has one answer, which a subscription has not. */
  hasOneAnswer({ document }: Prepared, operationName: string | null): boolean {
    const operation = getOperationAST(document, operationName)?.operation;
    return operation === OperationTypeNode.QUERY || operation === OperationTypeNode.MUTATION;
  }

  #hiding(args: ExecutionArgs): ExecutionArgs {
    return this.#hidesSchema ? { ...args, hideSuggestions: true } : args;
  }

  #costOf({ document, costs }: Prepared, operationName: string | null): CostOf {
    const name = operationName ?? '';
    const known = costs.get(name);
    if (known) return known;
    const operation = getOperationAST(document, operationName);
    if (!operation) return () => 1;
    const cost = costOf(this.schema, document, operation);
    costs.set(name, cost);
    return cost;
  }

  #remember(document: DocumentNode): Prepared {
    const number = ++this.#documents;
    const prepared: Prepared = { document, operations: new Map(), costs: new Map(), number };
    this.#byDocument.set(document, prepared);
    return prepared;
  }

  #compile({ document, operations }: Prepared, operationName: string | null): Run | null {
    const name = operationName ?? '';
    const known = operations.get(name);
    if (known !== undefined) return known;
    const operation = getOperationAST(document, operationName);
    // Names that the document does not have are the callers': they are not kept.
    if (!operation) return null;
    const compiled =
      operation.operation === OperationTypeNode.MUTATION
        ? null
        : this.#compiler.compile(document, operationName);
    operations.set(name, compiled);
    return compiled;
  }

  /**
   * graphql-js judges variables and fills in their defaults: graphql-jit lets some pass that the specification refuses,
   * and refuses some that have a default. Coercing what was coerced changes nothing: our scalars parse to text.
   */
  #coerceVariables({ document, operationName, variableValues }: ExecutionArgs): {
    errors?: readonly GraphQLError[];
    variables: Record<string, unknown>;
  } {
    const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
    if (definitions.length === 0) return { variables: {} };
    const result = getVariableValues(this.schema, definitions, variableValues ?? {}, {
      maxErrors: 10,
      hideSuggestions: this.#hidesSchema,
    });
    return result.errors
      ? { errors: result.errors, variables: {} }
      : { variables: { ...result.variableValues.coerced } };
  }
}

/** What goes down a document may meet one that nests deeper than the stack is: that is the caller's mistake, not ours. */
function onStack<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw badUserInput('The document nests too deep: split it.');
  }
}

/** Whether the events of a subscription are the same objects for all who hear them (extension `heardByMany`). */
function isHeardByMany(schema: GraphQLSchema, { document, operationName }: ExecutionArgs): boolean {
  const [selection] = getOperationAST(document, operationName)!.selectionSet.selections;
  if (selection?.kind !== Kind.FIELD) return false;
  return schema.getSubscriptionType()!.getFields()[selection.name.value]?.extensions.heardByMany === true;
}
