/** A rate that was recorded: from `t`, seconds since 1970, until the next point. */
export type HistoryPoint = { t: number; rate: number };

/** A recorded rate as a function of time. `from` to `to` is what it covers; outside it there is none. */
export type History = {
  from: number;
  to: number;
  /** The usual distance of two points, in seconds: what happens within it is not seen. */
  step: number;
  rateAt(t: number): number;
  /** The mean from `start` to `end`, both inside. */
  mean(start: number, end: number): number;
};

/**
 * The history of `points`, in order of time, the last of which holds as long as the one before it. Throws a RangeError
 * that names the point for fewer than two, times that do not rise, a gap of more than ten usual distances, or a rate
 * below zero.
 */
export function historyOf(points: readonly HistoryPoint[]): History {
  const step = check(points);
  const times = points.map(({ t }) => t);
  const last = points.length - 1;
  const to = (times[last] as number) + (times[last] as number) - (times[last - 1] as number);
  /** Requests until each point: what came between two times is the difference of two of these. */
  const sums = new Float64Array(points.length + 1);
  points.forEach(({ t, rate }, i) => {
    sums[i + 1] = (sums[i] as number) + rate * ((times[i + 1] ?? to) - t);
  });
  const from = times[0] as number;
  const indexAt = (t: number): number => {
    if (!(t >= from && t <= to)) throw new RangeError(`${t} is outside the history, ${from} to ${to}`);
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((times[middle] as number) <= t) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const rateOf = (i: number) => (points[i] as HistoryPoint).rate;
  const until = (t: number): number => {
    const i = indexAt(t);
    return (sums[i] as number) + rateOf(i) * (t - (times[i] as number));
  };
  return {
    from,
    to,
    step,
    rateAt: (t) => rateOf(indexAt(t)),
    mean(start, end) {
      if (!(end > start)) throw new RangeError('the end of a span must come after its start');
      return (until(end) - until(start)) / (end - start);
    },
  };
}

/** Missing points are forgiven up to this many usual distances. */
const LARGEST_GAP = 10;

/** The usual distance of two points. */
function check(points: readonly HistoryPoint[]): number {
  if (points.length < 2) throw new RangeError('a history needs at least two points');
  const distances = points.slice(1).map(({ t }, i) => t - (points[i] as HistoryPoint).t);
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] as number;
  points.forEach(({ t, rate }, i) => {
    const distance = distances[i - 1];
    const wrong = (what: string) => new RangeError(`point ${i + 1}: ${what}`);
    if (!Number.isFinite(t)) throw wrong('its time is not a number');
    if (!(rate >= 0) || !Number.isFinite(rate)) throw wrong(`its rate ${rate} is not zero or more`);
    if (distance === undefined) return;
    if (distance === 0) throw wrong('it has the time of the one before it');
    if (distance < 0) throw wrong('it comes before the one before it');
    if (distance > LARGEST_GAP * usual) throw wrong(`${distance} s are missing before it`);
  });
  return usual;
}
