/** A quantile of the response, seconds, that `count` requests had at one utilisation. */
export type Observation = {
  readonly utilisation: number;
  readonly seconds: number;
  readonly count: number;
};
