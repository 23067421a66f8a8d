import { describe, expect, test } from 'vitest';
import { succeed } from '../support/api.ts';
import { eventually, within } from '../support/eventually.ts';
import { settleOne, winnerRef } from '../support/notice-book.ts';
import { integrator, trader } from '../support/server.ts';
import { Taking } from '../support/taking.ts';
import { expected, Hearing, memory, seen } from './hearing.ts';

const hearing = new Hearing();

/** Is a message a notice of that account at that sequence? */
const isOf = (ref: string, sequence: string) => (message: string) =>
  message.includes('"next"') &&
  message.includes(`"ref":"${ref}"`) &&
  message.includes(`"sequence":"${sequence}"`);

describe('notices that are lost, repeated or forged on the way', () => {
  test('are asked for again where they are missing, and told in the order of their account', async () => {
    const { pool, sequences } = await hearing.settled(2, 3);
    let lost = 0;
    const isLost = isOf(winnerRef(0), sequences[1]!);
    const client = await hearing.through((message) => (isLost(message) && ++lost === 1 ? [] : [message]));
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    const notices = await taking.until(6);
    expect(lost).toBe(2);
    expect(seen(notices).toSorted()).toEqual(expected(2, sequences).toSorted());
    const own = notices.filter(({ haircut }) => haircut.account.ref === winnerRef(0));
    expect(own.map(({ sequence }) => sequence)).toEqual(sequences);
  });

  test('are missed right after the cursor that a store kept too', async () => {
    const { pool, sequences } = await hearing.settled(1, 3);
    const store = memory('0');
    const first = await hearing.clientOf(integrator);
    const before = new Taking(first.haircuts({ pool, store }));
    await before.until(3);
    await eventually('the last cursor', () => store.cursor!.startsWith(`${sequences[2]}@`));
    first.close();
    for (const round of ['lost', 'heard'])
      sequences.push((await settleOne(hearing.venue, pool, round, 2)).sequence);
    let lost = 0;
    const isLost = isOf(winnerRef(0), sequences[3]!);
    const client = await hearing.through((message) => (isLost(message) && ++lost === 1 ? [] : [message]));
    const after = new Taking(client.haircuts({ pool, store }));
    expect(seen(await after.until(2))).toEqual(expected(1, sequences.slice(3)));
    expect(lost).toBe(2);
  });

  test('are missed after a restart though they are older than the cursor that a store kept', async () => {
    const { pool, sequences } = await hearing.settled(2, 2);
    const store = memory('0');
    // Lost for good, while the other account's notice of the same settlement moves the cursor past it.
    const isLost = isOf(winnerRef(0), sequences[1]!);
    const client = await hearing.through((message) => (isLost(message) ? [] : [message]));
    const before = new Taking(client.haircuts({ pool, store }));
    expect(seen(await before.until(3))).toEqual([
      ...expected(2, sequences.slice(0, 1)),
      `${winnerRef(1)}@${sequences[1]}`,
    ]);
    await eventually('the last cursor', () => store.cursor!.startsWith(`${sequences[1]}@`));
    client.close();
    await before.ended;
    sequences.push((await settleOne(hearing.venue, pool, 'after', 4)).sequence);
    const after = new Taking((await hearing.clientOf(integrator)).haircuts({ pool, store, verify: true }));
    expect(seen(await after.until(3))).toEqual([
      `${winnerRef(0)}@${sequences[1]}`,
      ...expected(2, sequences.slice(2)),
    ]);
    // Mended, and not told again.
    await eventually('the cursor of that', () => store.cursor!.startsWith(`${sequences[2]}@`));
    sequences.push((await settleOne(hearing.venue, pool, 'and on', 4)).sequence);
    expect(seen(await after.until(5)).slice(3)).toEqual(expected(2, sequences.slice(3)));
  });

  test('are looked for by the last notices of so many accounts, and no more', async () => {
    const { pool, sequences } = await hearing.settled(130, 1);
    const store = memory('0');
    const taking = new Taking((await hearing.clientOf(integrator)).haircuts({ pool, store }));
    await taking.until(130);
    await eventually('the last', () => store.cursor!.endsWith(`["${winnerRef(129)}","${sequences[0]}"]]`));
    expect(store.cursor!.match(/\["w\d+","\d+"\]/g)).toHaveLength(100);
  });

  test('end the stream where they are not told again', async () => {
    const { pool, sequences } = await hearing.settled(1, 3);
    const isLost = isOf(winnerRef(0), sequences[1]!);
    const client = await hearing.through((message) => (isLost(message) ? [] : [message]));
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await within('the end', taking.ended);
    expect(taking.end).toMatchObject({ code: 'GAP' });
    expect(seen(taking.taken)).toEqual(expected(1, sequences.slice(0, 1)));
  });

  test('are told once', async () => {
    const { pool, sequences } = await hearing.settled(2, 2);
    const client = await hearing.through((message) =>
      message.includes('"next"') ? [message, message] : [message],
    );
    const taking = new Taking(client.haircuts({ pool, after: '0' }));
    await taking.until(4);
    sequences.push((await settleOne(hearing.venue, pool, 'last', 4)).sequence);
    expect(seen(await taking.until(6))).toEqual(expected(2, sequences));
  });
});

describe('proofs', () => {
  test('are checked where that is asked for, of refunds too', async () => {
    const { pool, sequences } = await hearing.settled(3, 1);
    await succeed(hearing.root, 'reverseSettlement', {
      ...{ pool, idempotencyKey: 'back', settlement: sequences[0], reason: 'a test' },
    });
    const client = await hearing.clientOf(trader(`owner-${winnerRef(0)}`));
    const taking = new Taking(client.haircuts({ pool, after: '0', verify: true }));
    const notices = await taking.until(2);
    expect(notices.map(({ kind }) => kind)).toEqual(['HAIRCUT', 'REVERSAL']);
    expect(
      notices.every(({ haircut }) => haircut.proof?.document.includes('shearwater-haircut-proof/1')),
    ).toBe(true);
  });

  type Json = { payload: { data: { haircutNotices: { haircut: Record<string, unknown> } } } };
  const withoutProof = (text: string) => {
    const message: Json = JSON.parse(text);
    message.payload.data.haircutNotices.haircut.proof = null;
    return JSON.stringify(message);
  };

  test.each([
    [
      'an amount that is another',
      (text: string) => text.replace(/("cap":"[^"]*","amount":")2\./, '$13.'),
      /the amount is 3\.000000, and the proof that it is 2\.000000/,
    ],
    [
      'a change of the balance that is another',
      (text: string) => text.replace('"amount":"-2.000000"', '"amount":"-200.000000"'),
      /the balance changed by -200\.000000, of a haircut of 2\.000000/,
    ],
    [
      'a haircut that is told as given back',
      (text: string) =>
        text.replace('"amount":"-2.000000"', '"amount":"2.000000"').replace('"HAIRCUT"', '"REFUND"'),
      /it happened at \d+, of a haircut at \d+/,
    ],
    ['a proof that was changed', (text: string) => text.replace(/(\\"salt\\":\\")./, '$1z'), /salt/],
    ['no proof', withoutProof, /no proof/],
  ] as const)('end the stream with what does not hold: %s', async (_, forge, message) => {
    const { pool } = await hearing.settled(2, 1);
    const client = await hearing.through((text) => [text.includes('"next"') ? forge(text) : text]);
    const taking = new Taking(client.haircuts({ pool, after: '0', verify: true }));
    await within('the end', taking.ended);
    expect(taking.end).toMatchObject({ code: 'PROOF_DOES_NOT_HOLD', message });
    expect(taking.taken).toEqual([]);
  });
});
