import { COARSE_BITS, Histogram } from '../models/histogram.ts';
import type { ClassRow } from '../run.ts';
import { maskSecrets } from './masking.ts';

/** Classes beyond this many share one: a script that makes up names must not make a row of thousands. */
const MAX_CLASSES = 200;
export const OTHER_CLASS = '(other)';

/** What one request class did since the last row. */
export class ClassRecorder {
  count = 0;
  failures = 0;
  readonly latency = new Histogram(COARSE_BITS);
  readonly fromDue: Histogram | undefined;

  constructor(openLoop: boolean) {
    this.fromDue = openLoop ? new Histogram(COARSE_BITS) : undefined;
  }

  /** Adds a request that took `latency` seconds in an iteration that started `lag` seconds late. */
  record(latency: number, lag: number, failed: boolean): void {
    this.count++;
    if (failed) this.failures++;
    this.latency.record(latency);
    if (this.fromDue !== undefined) this.fromDue.record(latency + lag);
  }

  take(): ClassRow {
    const row: ClassRow = { count: this.count, failures: this.failures, latency: this.latency.toJSON() };
    if (this.fromDue !== undefined) row.fromDue = this.fromDue.toJSON();
    this.count = 0;
    this.failures = 0;
    this.latency.reset();
    this.fromDue?.reset();
    return row;
  }
}

/** The request classes of a run, by the `name` tag. */
export class SecondRows {
  readonly #classes = new Map<string, ClassRecorder>();
  readonly #openLoop: boolean;

  constructor(openLoop: boolean) {
    this.#openLoop = openLoop;
  }

  /** The recorder of class `name`. */
  of(name: string): ClassRecorder {
    const shown = maskSecrets(name);
    const key = this.#classes.has(shown) || this.#classes.size < MAX_CLASSES ? shown : OTHER_CLASS;
    let recorder = this.#classes.get(key);
    if (recorder === undefined) {
      recorder = new ClassRecorder(this.#openLoop);
      this.#classes.set(key, recorder);
    }
    return recorder;
  }

  /** What every class did since the last call; classes without a request are left out. */
  take(): Record<string, ClassRow> {
    const rows: Record<string, ClassRow> = {};
    for (const [name, recorder] of this.#classes) {
      if (recorder.count > 0) rows[name] = recorder.take();
    }
    return rows;
  }
}
