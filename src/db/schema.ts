/*
 * Every key leads with the pool: a pool never shares a row with another, so pools can be spread over machines. `revocations` alone
 * is of no pool: where pools are spread, it is a small table that every machine has.
 * Inside a pool, accounts and markets are numbered (1, 2, 3 …) so that the tables that grow carry four bytes
 * instead of a name; the numbers never leave the database.
 *
 * Tables marked "append-only" refuse UPDATE, DELETE and TRUNCATE by trigger (drizzle/…_guards).
 */
export * from './tables/accounts.ts';
export * from './tables/haircuts.ts';
export * from './tables/losses.ts';
export * from './tables/pools.ts';
export * from './tables/recoveries.ts';
export * from './tables/replication.ts';
export * from './tables/revocations.ts';
export * from './tables/settlements.ts';
export * from './tables/simulations.ts';
export * from './tables/trading.ts';
export * from './tables/views.ts';
export * from './tables/webhooks.ts';
