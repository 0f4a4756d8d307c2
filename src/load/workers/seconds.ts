import { COARSE_BITS, Histogram, parseHistogram } from '../../models/histogram.ts';
import type { ClassRow, RunRow } from '../../run.ts';
import type { Tick } from './messages.ts';

/** What the main thread itself knows of a second. */
export type Generator = Pick<RunRow['generator'], 'cpu' | 'dropped' | 'iterations' | 'vus'>;

/** The row of one second from the ticks of all workers. */
export function mergeTicks(ticks: readonly Tick[], generator: Generator): RunRow {
  const lag = new Histogram(COARSE_BITS);
  for (const { startLag } of ticks) lag.merge(parseHistogram(startLag));
  return {
    t: Math.max(...ticks.map(({ t }) => t)),
    seconds: Math.max(...ticks.map(({ seconds }) => seconds)),
    classes: mergeClasses(ticks.map(({ classes }) => classes)),
    generator: {
      ...generator,
      loopLag: Math.max(...ticks.map(({ loopLag }) => loopLag)),
      scheduleLag: lag.quantile(0.99),
      inFlight: ticks.reduce((sum, { inFlight }) => sum + inFlight, 0),
    },
  };
}

function mergeClasses(all: readonly Readonly<Record<string, ClassRow>>[]): Record<string, ClassRow> {
  const merged: Record<string, ClassRow> = {};
  for (const classes of all) {
    for (const [name, row] of Object.entries(classes)) {
      const known = merged[name];
      merged[name] = known === undefined ? row : addRows(known, row);
    }
  }
  return merged;
}

function addRows(a: ClassRow, b: ClassRow): ClassRow {
  const sum: ClassRow = {
    count: a.count + b.count,
    failures: a.failures + b.failures,
    latency: mergeHistograms(a.latency, b.latency),
  };
  if (a.fromDue !== undefined && b.fromDue !== undefined) sum.fromDue = mergeHistograms(a.fromDue, b.fromDue);
  return sum;
}

function mergeHistograms(a: ClassRow['latency'], b: ClassRow['latency']): ClassRow['latency'] {
  const merged = parseHistogram(a);
  merged.merge(parseHistogram(b));
  return merged.toJSON();
}

/**
 * Brings the ticks of several workers together: a second is complete when every worker that is still running has
 * told of it, or when one of them is two seconds ahead of the others.
 */
export class Seconds {
  readonly #pending = new Map<number, Tick[]>();
  readonly #toldBy = new Map<object, number>();
  readonly #complete: (second: number, ticks: readonly Tick[]) => void;

  constructor(workers: readonly object[], complete: (second: number, ticks: readonly Tick[]) => void) {
    this.#complete = complete;
    for (const worker of workers) this.#toldBy.set(worker, 0);
  }

  add(worker: object, tick: Tick): void {
    const others = this.#pending.get(tick.second);
    if (others === undefined) this.#pending.set(tick.second, [tick]);
    else others.push(tick);
    if (this.#toldBy.has(worker)) this.#toldBy.set(worker, tick.second);
    this.#flush();
  }

  /** Waits no longer for `worker`. */
  leave(worker: object): void {
    this.#toldBy.delete(worker);
    this.#flush();
  }

  #flush(): void {
    const told = [...this.#toldBy.values()];
    const upTo =
      told.length === 0 ? Number.POSITIVE_INFINITY : Math.max(Math.min(...told), Math.max(...told) - 2);
    for (const second of [...this.#pending.keys()].sort((a, b) => a - b)) {
      const ticks = this.#pending.get(second);
      if (second > upTo || ticks === undefined) return;
      this.#pending.delete(second);
      this.#complete(second, ticks);
    }
  }
}
