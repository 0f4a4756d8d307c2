import { Histogram } from '../models/histogram.ts';
import type { Sink } from './metrics.ts';

/** What a sink had added up at one moment. */
type Mark = { readonly seconds: number; readonly totals: Totals };

type Totals =
  | { readonly type: 'counter'; readonly samples: number; readonly total: number }
  | { readonly type: 'gauge'; readonly samples: number; readonly last: number }
  | { readonly type: 'rate'; readonly samples: number; readonly trues: number }
  | { readonly type: 'trend'; readonly samples: number; readonly histogram: Histogram };

/** A window starts at one of this many marks at most, so memory does not grow with its length. */
const MARKS = 60;
/** Marks are made on the tick of the thresholds, which is a little late at times. */
const TOLERANCE = 0.5;

/**
 * The last `length` seconds of a sink that only ever adds up: what it holds now less what it held then. Times are
 * seconds of the test; `advance` is to be called in their order.
 */
export class Window {
  readonly length: number;
  readonly #sink: Sink;
  readonly #marks: Mark[];

  constructor(sink: Sink, length: number) {
    this.length = length;
    this.#sink = sink;
    this.#marks = [{ seconds: 0, totals: totalsOf(sink) }];
  }

  /** What the window that ends now holds, and how many seconds it covers; undefined while the test is too short. */
  advance(now: number, final: boolean): { totals: Totals; seconds: number } | undefined {
    const from = now - this.length + TOLERANCE;
    while ((this.#marks[1]?.seconds ?? Number.POSITIVE_INFINITY) <= from) this.#marks.shift();
    const start = this.#marks[0];
    const totals = totalsOf(this.#sink);
    const last = this.#marks.at(-1)?.seconds ?? 0;
    if (now - last >= this.length / MARKS - TOLERANCE) this.#marks.push({ seconds: now, totals });
    if (start === undefined || (start.seconds > from && !final)) return undefined;
    return { totals: less(totals, start.totals), seconds: now - start.seconds };
  }
}

function totalsOf(sink: Sink): Totals {
  switch (sink.type) {
    case 'counter':
      return { type: 'counter', samples: sink.samples, total: sink.total };
    case 'gauge':
      return { type: 'gauge', samples: sink.samples, last: sink.last };
    case 'rate':
      return { type: 'rate', samples: sink.samples, trues: sink.trues };
    case 'trend': {
      const histogram = new Histogram();
      histogram.merge(sink.histogram);
      return { type: 'trend', samples: sink.samples, histogram };
    }
  }
}

function less(now: Totals, then: Totals): Totals {
  const samples = now.samples - then.samples;
  if (now.type === 'counter' && then.type === 'counter')
    return { type: 'counter', samples, total: now.total - then.total };
  if (now.type === 'rate' && then.type === 'rate')
    return { type: 'rate', samples, trues: now.trues - then.trues };
  if (now.type === 'trend' && then.type === 'trend') {
    return { type: 'trend', samples, histogram: difference(now.histogram, then.histogram) };
  }
  return { ...now, samples };
}

/** Its smallest and largest value are known to the width of a bucket. */
function difference(now: Histogram, then: Histogram): Histogram {
  const before = new Map(then.buckets());
  const result = new Histogram();
  for (const [value, count] of now.buckets()) {
    const added = count - (before.get(value) ?? 0);
    if (added > 0) result.record(Math.min(now.max, Math.max(now.min, value)), added);
  }
  result.sum = now.sum - then.sum;
  return result;
}

export type { Totals as WindowTotals };
