/**
 * How closely supply followed demand, both in pods: N. Herbst et al., "Ready for Rain? A View from SPEC Research on the
 * Future of Cloud Metrics", SPEC-RG-2016-01. Shares of one.
 */
export type Elasticity = {
  /** Pods that were missing, as a share of those needed, averaged over all time. */
  underAccuracy: number;
  /** Pods that were not needed, likewise. */
  overAccuracy: number;
  underTime: number;
  overTime: number;
  /** Share of time in which supply and demand did not change in the same direction. */
  instability: number;
};

/** `demand` and `supply` in steps of one length. Where there is no demand, one pod counts as what is needed. */
export function elasticity(demand: ArrayLike<number>, supply: ArrayLike<number>): Elasticity {
  if (demand.length !== supply.length || demand.length === 0)
    throw new RangeError(`demand has ${demand.length} steps and supply ${supply.length}`);
  const sums = { underAccuracy: 0, overAccuracy: 0, underTime: 0, overTime: 0, instability: 0 };
  for (let i = 0; i < demand.length; i++) {
    const needed = demand[i] as number;
    const there = supply[i] as number;
    const unit = Math.max(1, needed);
    if (there < needed) {
      sums.underAccuracy += (needed - there) / unit;
      sums.underTime++;
    } else if (there > needed) {
      sums.overAccuracy += (there - needed) / unit;
      sums.overTime++;
    }
    if (i === 0) continue;
    const wanted = Math.sign(needed - (demand[i - 1] as number));
    if (Math.sign(there - (supply[i - 1] as number)) !== wanted) sums.instability++;
  }
  const steps = demand.length;
  return {
    underAccuracy: sums.underAccuracy / steps,
    overAccuracy: sums.overAccuracy / steps,
    underTime: sums.underTime / steps,
    overTime: sums.overTime / steps,
    instability: steps > 1 ? sums.instability / (steps - 1) : 0,
  };
}
