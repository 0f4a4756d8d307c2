import { quantile } from './quantile.ts';

/** What the generator did in one second: cores, seconds and counts. */
export type GeneratorSecond = {
  readonly cpu: number;
  readonly loopLag: number;
  readonly scheduleLag: number;
};

/** How a generator that was the limit of its run did: what it used at its busiest, and how late it was. */
export type GeneratorLimit = {
  /** 95th percentile over the seconds, of how late iterations started, seconds. */
  readonly scheduleLag: number;
  /** The same of the event loop's delay, seconds. */
  readonly loopLag: number;
  /** Cores that all but the busiest tenth of the seconds stayed below. */
  readonly cpu: number;
};

/** Beyond these the generator, not the service, is what was measured: seconds, and share of a core. */
const LATE = 0.05;
const BUSY = 0.9;
const FEW = 0.1;
/** Of fewer seconds, what starting up took would be most. */
const ENOUGH = 3;

/**
 * Whether the load generator limited a run: it was late, or its threads were busy nearly all the time. `threads`
 * generated the load, one core each at most. A run of less than three seconds tells nothing.
 */
export function generatorLimit(
  seconds: readonly GeneratorSecond[],
  threads: number,
): GeneratorLimit | undefined {
  if (seconds.length < ENOUGH) return undefined;
  const worst = (of: (second: GeneratorSecond) => number, q: number) => quantile(seconds.map(of), q);
  const limit = {
    scheduleLag: worst((second) => second.scheduleLag, 0.95),
    loopLag: worst((second) => second.loopLag, 0.95),
    cpu: worst((second) => second.cpu, 1 - FEW),
  };
  const inTime = limit.scheduleLag <= LATE && limit.loopLag <= LATE;
  return inTime && limit.cpu <= BUSY * threads ? undefined : limit;
}
