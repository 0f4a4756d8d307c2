import type { RunRow } from '../../run.ts';
import { SecondRows } from '../rows.ts';

/** A sample of k6's `--out json`, as far as it is read. Times are ISO 8601. */
type Point = {
  readonly metric: string;
  readonly data: { readonly time: string; readonly value: number; readonly tags?: Record<string, string> };
};
type Definition = {
  readonly metric: string;
  readonly data: { readonly type: MetricKind['type']; readonly contains: MetricKind['contains'] };
};

export type MetricKind = {
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend';
  readonly contains: 'default' | 'time' | 'data';
};

type Second = { rows: SecondRows; iterations: number; dropped: number };

/** k6 writes its samples every 200 ms; what comes later than this counts for a later second. Seconds. */
const PATIENCE = 1.5;

/**
 * Turns the lines of k6's `--out json` into the rows of a run file, one per second from the start of the load. k6 does
 * not say when setup ends: the load starts with the first sample that is no setup's and no count of idle VUs.
 */
export class K6Samples {
  /** By name, every metric that had a sample. */
  readonly metrics = new Map<string, MetricKind>();
  /** Milliseconds since 1970 at the start of the load; undefined before it. */
  startedAt: number | undefined;
  iterations = 0;
  vus = 0;
  #next = 0;
  #last = 0;
  readonly #seconds = new Map<number, Second>();

  /** Takes one line. Throws SyntaxError for what is not JSON. */
  add(line: string): void {
    const sample = JSON.parse(line) as ({ type: 'Metric' } & Definition) | ({ type: 'Point' } & Point);
    if (sample.type === 'Metric') {
      this.metrics.set(sample.metric, { type: sample.data.type, contains: sample.data.contains });
    } else this.#point(sample);
  }

  #point({ metric, data: { time, value, tags = {} } }: Point): void {
    if (metric === 'vus') this.vus = value;
    const idle = metric === 'vus_max' || (metric === 'vus' && value === 0);
    const lifecycle =
      tags.group?.startsWith('::setup') === true || tags.group?.startsWith('::teardown') === true;
    if (idle || lifecycle) return;
    const at = Date.parse(time);
    this.startedAt ??= at;
    const seconds = Math.max(0, (at - this.startedAt) / 1000);
    this.#last = Math.max(this.#last, seconds);
    this.#count(this.#second(Math.max(this.#next, Math.floor(seconds))), metric, value, tags);
  }

  #count(second: Second, metric: string, value: number, tags: Readonly<Record<string, string>>): void {
    if (metric === 'iterations') {
      second.iterations += value;
      this.iterations += value;
    } else if (metric === 'dropped_iterations') second.dropped += value;
    else if (metric === 'http_req_duration') second.rows.of(classOf(tags)).record(value / 1000, 0, false);
    else if (metric === 'http_req_failed' && value !== 0) second.rows.of(classOf(tags)).failures++;
  }

  #second(index: number): Second {
    const known = this.#seconds.get(index);
    if (known !== undefined) return known;
    const made = { rows: new SecondRows(false), iterations: 0, dropped: 0 };
    this.#seconds.set(index, made);
    return made;
  }

  /** The rows that are complete at `now` (milliseconds since 1970), oldest first; `cpu` is what k6 used, in cores. */
  take(now: number, cpu: number): RunRow[] {
    const { startedAt } = this;
    const rows: RunRow[] = [];
    if (startedAt === undefined) return rows;
    while ((now - startedAt) / 1000 >= this.#next + 1 + PATIENCE)
      rows.push(this.#row(this.#next + 1, 1, cpu));
    return rows;
  }

  /** What is left at the end; the last row is as long as there were samples. */
  rest(cpu: number): RunRow[] {
    const rows: RunRow[] = [];
    if (this.startedAt === undefined) return rows;
    const end = Math.max(this.#last, ...this.#seconds.keys());
    while (this.#next <= Math.floor(end)) {
      const seconds = Math.min(1, Math.max(0.001, end - this.#next));
      rows.push(this.#row(this.#next + seconds, seconds, cpu));
    }
    return rows;
  }

  #row(t: number, seconds: number, cpu: number): RunRow {
    const { rows, iterations, dropped } = this.#second(this.#next);
    this.#seconds.delete(this.#next++);
    // k6 tells of its own lags and of open requests nothing.
    const generator = { cpu, loopLag: 0, scheduleLag: 0, dropped, iterations, vus: this.vus, inFlight: 0 };
    return { t, seconds, classes: rows.take(), generator };
  }
}

function classOf(tags: Readonly<Record<string, string>>): string {
  return tags.name ?? tags.url ?? '(no name)';
}
