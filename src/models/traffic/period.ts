/** Cycles that come round at most once an hour are the day's business, not that of a stabilization window. */
const LONGEST = 3600;
/** Of the correlation with itself one period later: below it there is no cycle. */
const ALIKE = 0.5;
/** A cycle must be seen so many times. */
const SEEN = 4;
/** Waves whose deviation is less of the mean than this need no other number of pods. */
const SWING = 0.05;

/**
 * Seconds after which `rates`, one every `seconds`, come round again: the first peak of their autocorrelation, after what
 * changes more slowly has been taken away. Undefined when they do not within an hour.
 */
export function shortestPeriod(rates: Float64Array, seconds: number): number | undefined {
  const most = Math.min(Math.floor(LONGEST / seconds), Math.floor(rates.length / SEEN));
  if (most < 2) return undefined;
  const waves = withoutSlow(rates, most);
  const variance = correlation(waves, 0);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  if (!(Math.sqrt(variance) > SWING * mean)) return undefined;
  const alike = Float64Array.from({ length: most + 2 }, (_, lag) => correlation(waves, lag) / variance);
  let lag = 1;
  while (lag <= most && (alike[lag] as number) > 0) lag++;
  while (lag <= most && !isPeak(alike, lag)) lag++;
  return lag <= most ? lag * seconds : undefined;
}

function isPeak(alike: Float64Array, lag: number): boolean {
  const [before, here, after] = [alike[lag - 1], alike[lag], alike[lag + 1]] as [number, number, number];
  return here >= ALIKE && here >= before && here >= after;
}

/** Less the mean of the two longest periods around each value. */
function withoutSlow(rates: Float64Array, most: number): Float64Array {
  const sums = new Float64Array(rates.length + 1);
  for (let i = 0; i < rates.length; i++) sums[i + 1] = (sums[i] as number) + (rates[i] as number);
  return rates.map((rate, i) => {
    const [from, to] = [Math.max(0, i - most), Math.min(rates.length, i + most + 1)];
    return rate - ((sums[to] as number) - (sums[from] as number)) / (to - from);
  });
}

/** Mean product of values that are `lag` apart. */
function correlation(values: Float64Array, lag: number): number {
  const count = values.length - lag;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (values[i] as number) * (values[i + lag] as number);
  return sum / count;
}
