import fc from 'fast-check';
import { buildSchema, type ExecutionResult, execute, type GraphQLSchema, isObjectType, parse } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { expect, it } from 'vitest';
import { createContext, type Services } from '../../src/graphql/context.ts';
import { Engine } from '../../src/graphql/engine.ts';
import { PrintedLists } from '../../src/graphql/printed-lists.ts';

/** Lists that print say what the executors say without them, whatever is selected and whatever goes wrong. */

interface Item {
  readonly name: string;
  readonly nothing: string | null;
  readonly later: string;
  readonly fails: boolean;
  readonly next: Item | null;
  readonly items: readonly Item[];
}

function makeSchema(): GraphQLSchema {
  const schema = buildSchema(`
    type Query { root: Root }
    type Subscription { told(pool: String!): Item surelyTold: Item! }
    type Root { items: [Item!]! maybe: [Item!] }
    interface Named { name: String! }
    enum Kind { A B }
    type Item implements Named {
      name: String! nothing: String later: String! laterNothing: String failing: String failingHard: String! broken: Kind
      number: Int! ratio: Float! flag: Boolean! kind: Kind! next: Item soon: Item items: [Item!]!
    }
  `);
  const type = schema.getType('Item');
  if (!isObjectType(type)) throw new Error('no Item');
  const resolvers: Record<string, (item: Item) => unknown> = {
    later: async ({ later }) => later,
    laterNothing: async () => null,
    failing: ({ fails, name }) => {
      if (fails) throw new Error(`failing at ${name}`);
      return name;
    },
    failingHard: async ({ fails, name }) => (fails ? null : name),
    broken: ({ fails }) => (fails ? 'C' : 'B'),
    number: ({ name }) => name.length,
    ratio: ({ name }) => name.length / 7,
    flag: ({ fails }) => fails,
    kind: () => 'A',
    soon: async ({ next }) => next,
  };
  for (const [name, resolve] of Object.entries(resolvers)) type.getFields()[name]!.resolve = resolve as never;
  const told = schema.getSubscriptionType()!.getFields();
  told.told!.resolve = (item: Item) => (item.nothing === null ? null : item);
  told.surelyTold!.resolve = async (item: Item) => (item.nothing === null ? null : item);
  return schema;
}

const schema = makeSchema();
const engine = new Engine(schema);
const context = () => createContext({} as Services, null);

const SAFE = ['name', 'nothing', 'later', 'laterNothing', 'number', 'ratio', 'flag', 'kind', '__typename'];
const leaf = fc
  .tuple(fc.constantFrom(...SAFE, 'failing', 'failingHard', 'broken'), fc.constantFrom('', 'x', 'y'))
  // The same alias always stands for the same field, or the document is none.
  .map(([name, alias]) => (alias === '' ? name : `${alias}_${name}: ${name}`));
/** What may be selected of an item, nested so deep at most. */
const selection = (depth: number): fc.Arbitrary<string> => {
  const nested =
    depth === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom('next', 'soon', 'items'), selection(depth - 1))
            .map((parts) => parts.join(' ')),
          selection(depth - 1).map((under) => `... on Item ${under}`),
        ];
  const fragment = fc.constantFrom('... on Named { name }', '...F');
  const parts = fc.oneof({ arbitrary: leaf, weight: 5 }, fragment, ...nested);
  return fc.array(parts, { minLength: 1, maxLength: 5 }).map((chosen) => `{ ${chosen.join(' ')} }`);
};
const documents = fc
  .array(
    fc.tuple(fc.constantFrom('items', 'maybe', 'z: items'), selection(2)).map((parts) => parts.join(' ')),
    { minLength: 1, maxLength: 3 },
  )
  .map((lists) => `{ root { ${lists.join(' ')} } } fragment F on Item { flag last: later }`);

const subscriptions = fc
  .tuple(fc.constantFrom('told(pool: "p")', 'surelyTold', 'z: told(pool: "p")'), selection(1))
  .map((parts) => `subscription { ${parts.join(' ')} } fragment F on Item { flag last: later }`);

const item = (depth: number): fc.Arbitrary<Item> =>
  fc.record({
    name: fc.string({ unit: 'grapheme', maxLength: 6 }),
    nothing: fc.option(fc.constantFrom('a"b', '\u0001', '\\', '\n')),
    later: fc.string({ maxLength: 4 }),
    fails: fc.nat(4).map((n) => n === 0),
    next: depth === 0 ? fc.constant(null) : fc.option(item(depth - 1)),
    items: depth === 0 ? fc.constant([]) : fc.array(item(depth - 1), { maxLength: 2 }),
  });
const roots = fc.record({
  items: fc.array(item(2), { maxLength: 4 }),
  maybe: fc.option(fc.array(item(1), { maxLength: 2 })),
});

const plain = ({ data, errors }: ExecutionResult) => ({
  data: JSON.parse(JSON.stringify(data)),
  errors: (errors ?? []).map(({ message, path }) => `${path?.join('.')} ${message}`).sort(),
});

/** What each says, and whether something fails. */
async function compared(source: string, rootValue: unknown): Promise<{ fails: boolean }> {
  const document = parse(source);
  const answer = plain(await engine.execute({ schema, document, rootValue, contextValue: context() }));
  const compiled = compileQuery(schema, document);
  if (!isCompiledQuery(compiled)) throw new Error(source);
  const reference = plain(await compiled.query(rootValue, context(), {}));
  expect(answer).toEqual(reference);
  return { fails: reference.errors.length > 0 };
}

it('answers what it answers without them', async () => {
  let failed = 0;
  let printed = 0;
  await fc.assert(
    fc.asyncProperty(documents, roots, async (source, root) => {
      const document = parse(source);
      const rootValue = { root };
      const { fails } = await compared(source, rootValue);
      if (fails) failed++;
      else {
        const answer = await engine.execute({ schema, document, rootValue, contextValue: context() });
        expect(plain(answer)).toEqual(plain(await execute({ schema, document, rootValue })));
      }
      if (new PrintedLists(schema).rewrite(document)) printed++;
    }),
    { numRuns: 400 },
  );
  // Both kinds come up, or the test shows nothing.
  expect(failed).toBeGreaterThan(20);
  expect(printed).toBeGreaterThan(200);
});

it('tells events as it tells them without', async () => {
  let failed = 0;
  let printed = 0;
  await fc.assert(
    fc.asyncProperty(subscriptions, item(2), async (source, event) => {
      const { fails } = await compared(source, event);
      if (fails) failed++;
      if (new PrintedLists(schema).eventPrinter(parse(source), null)) printed++;
    }),
    { numRuns: 400 },
  );
  expect(failed).toBeGreaterThan(20);
  expect(printed).toBeGreaterThan(100);
});
