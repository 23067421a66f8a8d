export {
  createShearwater,
  type HaircutsOptions,
  type Shearwater,
  type ShearwaterOptions,
} from './create.ts';
export { type FailureCode, Refusal, ShearwaterError } from './errors.ts';
export type { HaircutNotice, LossNotice, MarginAlert } from './feeds.ts';
export type * from './generated/graphql.ts';
export type { ListenOptions, ListenToAccountsOptions } from './listen.ts';
export type { Document } from './operations.ts';
export { type Verdict, verifyProof } from './proofs.ts';
export type { OnRetry, World } from './retry.ts';
export {
  type CursorStore,
  type KeyStore,
  memoryKeys,
  type WebStorage,
  webKeys,
  webStore,
} from './stores.ts';
export type { TokenSource } from './token.ts';
