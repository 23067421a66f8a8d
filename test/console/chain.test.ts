import { expect, it } from 'vitest';
import { added, gapsOf, type Link } from '../../src/console/trader/chain.ts';

const link = (
  sequence: string,
  previousSequence: string | null,
  explanation: string | null = 'told',
  id = '',
): Link => ({
  ...{ sequence, previousSequence, explanation, kind: 'HAIRCUT', amount: '-1', at: '' },
  haircut: { id } as Link['haircut'],
});
const sequences = (chain: readonly Link[]) => chain.map(({ sequence }) => sequence);

it('has no gap where each follows on the one before, in whichever order they came', () => {
  const chain = added([link('9', null)], [link('12', '10'), link('10', '9')]);
  expect(sequences(chain)).toEqual(['9', '10', '12']);
  expect(gapsOf(chain)).toEqual([]);
});

it('orders sequences as numbers', () => {
  expect(sequences(added([], [link('100', '99'), link('99', '9'), link('9', null)]))).toEqual([
    '9',
    '99',
    '100',
  ]);
});

it('finds what is missing: in between, and before the first', () => {
  expect(gapsOf([link('5', '3'), link('8', '5'), link('20', '11')])).toEqual([
    { after: null, before: '5' },
    { after: '8', before: '20' },
  ]);
});

it('is mended by what a query finds', () => {
  const chain = added([link('5', null), link('20', '11')], [link('11', '5', null), link('20', '11', null)]);
  expect(gapsOf(chain)).toEqual([]);
  expect(chain.map(({ explanation }) => explanation)).toEqual(['told', null, 'told']);
});

it('drops what comes twice, and takes the sentence when it comes late', () => {
  const chain = added([link('5', null, null)], [link('5', null, 'late'), link('5', null, 'again')]);
  expect(chain.map(({ explanation }) => explanation)).toEqual(['late']);
});

it('keeps each of what one commit gave back, once, in the order in which it came', () => {
  const told = [
    link('5', null, 'i', 'y'),
    link('5', '5', 'ii', 'z'),
    link('5', '5', 'iii', 'x'),
    link('8', '5'),
  ];
  const chain = added(added([], told), told.toReversed());
  expect(chain.map(({ explanation }) => explanation)).toEqual(['i', 'ii', 'iii', 'told']);
  expect(gapsOf(chain)).toEqual([]);
});
