import type { Builtins, Metric, Sink, Tags } from '../metrics.ts';
import type { ClassRecorder, SecondRows } from '../rows.ts';
import type { Timings } from './client.ts';

/** Where the nine samples of a request go: one object per set of tags, so that a request costs nine additions. */
export class HttpSeries {
  readonly #row: ClassRecorder;
  readonly #failed: boolean;
  readonly #reqs: readonly Sink[];
  readonly #reqFailed: readonly Sink[];
  readonly #duration: readonly Sink[];
  readonly #blocked: readonly Sink[];
  readonly #connecting: readonly Sink[];
  readonly #tls: readonly Sink[];
  readonly #sending: readonly Sink[];
  readonly #waiting: readonly Sink[];
  readonly #receiving: readonly Sink[];

  constructor(builtins: Builtins, tags: Tags, failed: boolean, row: ClassRecorder) {
    const sinks = (metric: Metric) => tags.sinksOf(metric);
    this.#row = row;
    this.#failed = failed;
    this.#reqs = sinks(builtins.httpReqs);
    this.#reqFailed = sinks(builtins.httpReqFailed);
    this.#duration = sinks(builtins.httpReqDuration);
    this.#blocked = sinks(builtins.httpReqBlocked);
    this.#connecting = sinks(builtins.httpReqConnecting);
    this.#tls = sinks(builtins.httpReqTlsHandshaking);
    this.#sending = sinks(builtins.httpReqSending);
    this.#waiting = sinks(builtins.httpReqWaiting);
    this.#receiving = sinks(builtins.httpReqReceiving);
  }

  /** Adds one request. `lagMs` is how late its iteration started. */
  record(timings: Timings, lagMs: number): void {
    addTo(this.#reqs, 1);
    addTo(this.#reqFailed, this.#failed ? 1 : 0);
    addTo(this.#duration, timings.duration);
    addTo(this.#blocked, timings.blocked);
    addTo(this.#connecting, timings.connecting);
    addTo(this.#tls, timings.tls_handshaking);
    addTo(this.#sending, timings.sending);
    addTo(this.#waiting, timings.waiting);
    addTo(this.#receiving, timings.receiving);
    this.#row.record(timings.duration / 1000, lagMs / 1000, this.#failed);
  }
}

function addTo(sinks: readonly Sink[], value: number): void {
  for (let i = 0; i < sinks.length; i++) (sinks[i] as Sink).add(value);
}

/** How a request ended, as far as its tags tell. */
export type Outcome = { status: number; errorCode: number; error: string; proto: string; tlsVersion: string };

/** The series of a run, found by the request's own tags and its outcome. */
export class HttpRecorder {
  readonly #builtins: Builtins;
  readonly #rows: SecondRows;
  readonly #systemTags: ReadonlySet<string>;
  readonly #series = new Map<Tags, Map<number, HttpSeries>>();

  constructor(builtins: Builtins, rows: SecondRows, systemTags: ReadonlySet<string>) {
    this.#builtins = builtins;
    this.#rows = rows;
    this.#systemTags = systemTags;
  }

  /** The tags of a request before its outcome is known; `given` wins over the system's own. */
  requestTags(base: Tags, method: string, url: string, given: Record<string, unknown> | undefined): Tags {
    const on = this.#systemTags;
    let tags = base;
    if (on.has('method')) tags = tags.with('method', method);
    if (on.has('name')) tags = tags.with('name', url);
    if (on.has('url')) tags = tags.with('url', url);
    for (const key in given) tags = tags.with(key, String(given[key]));
    return tags;
  }

  seriesOf(tags: Tags, outcome: Outcome): HttpSeries {
    let byOutcome = this.#series.get(tags);
    if (byOutcome === undefined) {
      // Bounded: a script without a `name` tag may make a new set of tags with every request.
      if (this.#series.size >= 4096) this.#series.clear();
      byOutcome = new Map();
      this.#series.set(tags, byOutcome);
    }
    const key = outcome.errorCode * 1000 + outcome.status;
    let series = byOutcome.get(key);
    if (series === undefined) {
      series = this.#build(tags, outcome);
      byOutcome.set(key, series);
    }
    return series;
  }

  #build(requestTags: Tags, outcome: Outcome): HttpSeries {
    const failed = !(outcome.status >= 200 && outcome.status < 400);
    const set: Record<string, string> = {
      status: String(outcome.status),
      expected_response: String(!failed),
    };
    if (outcome.errorCode !== 0) set.error_code = String(outcome.errorCode);
    if (outcome.error !== '') set.error = outcome.error;
    if (outcome.proto !== '') set.proto = outcome.proto;
    if (outcome.tlsVersion !== '') set.tls_version = outcome.tlsVersion;
    let tags = requestTags;
    for (const [key, value] of Object.entries(set)) {
      if (this.#systemTags.has(key)) tags = tags.with(key, value);
    }
    return new HttpSeries(this.#builtins, tags, failed, this.#rows.of(requestTags.get('name') ?? ''));
  }
}
