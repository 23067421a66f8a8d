import { builder } from './builder.ts';

/** What trades and liquidations take; digits and ranges are checked by src/settlement. */

const required = { required: true } as const;

const FillInput = builder.inputType('FillInput', {
  fields: (t) => ({
    trade: t.string(required),
    account: t.string(required),
    market: t.string(required),
    size: t.field({ type: 'Decimal', ...required }),
    price: t.field({ type: 'Decimal', ...required }),
    fee: t.field({ type: 'Decimal' }),
  }),
});

export const RecordFillsInput = builder.inputType('RecordFillsInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    fills: t.field({ type: [FillInput], ...required }),
  }),
});

export const CheckTradeInput = builder.inputType('CheckTradeInput', {
  fields: (t) => ({
    pool: t.string(required),
    account: t.string(required),
    market: t.string(required),
    size: t.field({ type: 'Decimal', ...required }),
    price: t.field({ type: 'Decimal', ...required }),
    fee: t.field({ type: 'Decimal' }),
  }),
});

const LiquidationCloseoutInput = builder.inputType('LiquidationCloseoutInput', {
  fields: (t) => ({
    market: t.string(required),
    price: t.field({ type: 'Decimal', ...required }),
    size: t.field({ type: 'Decimal' }),
  }),
});

export const LiquidateInput = builder.inputType('LiquidateInput', {
  fields: (t) => ({
    pool: t.string(required),
    idempotencyKey: t.string(required),
    account: t.string(required),
    closeouts: t.field({ type: [LiquidationCloseoutInput] }),
    atMarks: t.boolean(),
    takeoverAccount: t.string(required),
    feeRate: t.field({ type: 'Decimal' }),
    ref: t.string(),
  }),
});
