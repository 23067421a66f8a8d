/** Where time comes from. The core never asks for it; whoever starts a mutation does, and passes it in. */
export interface Clock {
  /** Now, as an RFC 3339 UTC timestamp with microseconds. */
  now(): string;
}
