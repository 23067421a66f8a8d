/**
 * The arithmetic a second time, from the definitions alone (design/allocation.md, and of each method its formula), as
 * plain fractions: slow, short, and sharing no line with src/core. Where both agree to the atom on whatever a generator
 * invents, both read the rules the same way.
 */
export * from './oracle-accounts.ts';
export * from './oracle-fractions.ts';
export * from './oracle-methods.ts';
export * from './oracle-settle.ts';
