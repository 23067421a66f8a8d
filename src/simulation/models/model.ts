/** What the markets did on each path of a block. */
export interface PathBlock {
  /** One column a step, marketCount × paths, by market: the simple return since the marks, > −1. */
  readonly steps: readonly Float64Array[];
  /** The likelihood ratio of each path: 1 but for importance sampling and weighted scenarios. */
  readonly weights: Float64Array;
}

/** Makes paths out of numbers that are uniform in (0, 1). Pure: the same numbers make the same paths. */
export interface PriceModel {
  readonly marketCount: number;
  readonly stepCount: number;
  /** How many uniform numbers a path takes. */
  readonly dimensions: number;
  /** @param uniforms dimensions × paths, by dimension: the number of a dimension at path p is at dimension × paths + p */
  draw(uniforms: Float64Array, paths: number, into: PathBlock): void;
}
