/** One rate of a ladder of rising rates, and what became of it. Rates are requests per second. */
export type Rung = {
  readonly offered: number;
  readonly achieved: number;
  /** Iterations that found no virtual user, and requests that failed. */
  readonly dropped: number;
  readonly failures: number;
  /** 99th percentile of actual minus planned start, seconds. */
  readonly scheduleLag: number;
  /** Cores that the generator used. */
  readonly cpu: number;
  /** Share of one core that the busiest server used. */
  readonly serverBusy: number;
};

/** What stopped the ladder: `server` and `others` mean that the generator can do more than was seen. */
export type LadderLimit =
  | 'generator'
  /** The server that was loaded. */
  | 'server'
  /** Neither was busy: other work on the machine, or a limit on its CPU, took the cores. */
  | 'others'
  /** Nothing: the highest rate held too. */
  | 'none';

/** A generator that starts its requests later than this (99th percentile, seconds) is not on schedule. */
export const ON_SCHEDULE = 0.01;
/** A thread that works for more than this share of the time has none left for what comes unevenly. */
const BUSY = 0.9;
/** One that is late and yet works for less than this share did not get the core it wanted. */
const IDLE = 0.75;
/** The lowest and the highest rate, as shares of what a closed loop reached: arrivals one by one cost more. */
const [LOWEST, HIGHEST] = [0.25, 1];

/** Rising rates for a generator that reached `ceiling` requests per second in a closed loop; `count` of two or more. */
export function ladderRates(ceiling: number, count: number): number[] {
  if (!(ceiling > 0)) throw new RangeError(`the ceiling must be above zero, not ${ceiling}`);
  if (!Number.isInteger(count) || count < 2)
    throw new RangeError(`a ladder has two rungs or more, not ${count}`);
  return Array.from({ length: count }, (_, i) =>
    Math.max(1, Math.round(ceiling * (LOWEST + ((HIGHEST - LOWEST) * i) / (count - 1)))),
  );
}

/** Whether `threads` kept up with it: on schedule, nothing dropped or failed, and not busy nearly all the time. */
export function holds({ scheduleLag, dropped, failures, cpu }: Rung, threads: number): boolean {
  return scheduleLag <= ON_SCHEDULE && dropped === 0 && failures === 0 && cpu <= BUSY * threads;
}

/**
 * The highest rung that held, and what stopped the one above it. A lower rung may have been disturbed by something else
 * on the machine; a higher one that held is the proof. No `best` when none held.
 */
export function judgeLadder(
  rungs: readonly Rung[],
  threads: number,
): { best: Rung | undefined; limit: LadderLimit } {
  const at = rungs.findLastIndex((rung) => holds(rung, threads));
  const above = rungs[at + 1];
  return { best: rungs[at], limit: above === undefined ? 'none' : limitOf(above, threads) };
}

function limitOf({ serverBusy, cpu }: Rung, threads: number): LadderLimit {
  if (serverBusy > BUSY) return 'server';
  return cpu < IDLE * threads ? 'others' : 'generator';
}
