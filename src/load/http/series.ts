import type { Builtins, Listener, Metric, Tags } from '../metrics.ts';
import type { ClassRecorder, SecondRows } from '../rows.ts';
import type { Peer, Timings } from './exchange.ts';

/** Where the nine samples of a request go: one object per set of tags, so that a request costs nine additions. */
export class HttpSeries {
  readonly #row: ClassRecorder;
  /** Undefined when nobody says which responses are expected. */
  readonly #failed: boolean | undefined;
  readonly #reqs: readonly Listener[];
  readonly #reqFailed: readonly Listener[];
  readonly #duration: readonly Listener[];
  readonly #blocked: readonly Listener[];
  readonly #connecting: readonly Listener[];
  readonly #tls: readonly Listener[];
  readonly #sending: readonly Listener[];
  readonly #waiting: readonly Listener[];
  readonly #receiving: readonly Listener[];

  constructor(builtins: Builtins, tags: Tags, failed: boolean | undefined, row: ClassRecorder) {
    const sinks = (metric: Metric) => tags.sinksOf(metric);
    this.#row = row;
    this.#failed = failed;
    this.#reqs = sinks(builtins.httpReqs);
    this.#reqFailed = failed === undefined ? [] : sinks(builtins.httpReqFailed);
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
    addTime(this.#duration, timings.duration);
    addTime(this.#blocked, timings.blocked);
    addTime(this.#connecting, timings.connecting);
    addTime(this.#tls, timings.tls_handshaking);
    addTime(this.#sending, timings.sending);
    addTime(this.#waiting, timings.waiting);
    addTime(this.#receiving, timings.receiving);
    this.#row.record(timings.duration / 1000, lagMs / 1000, this.#failed === true);
  }
}

function addTo(sinks: readonly Listener[], value: number): void {
  for (let i = 0; i < sinks.length; i++) (sinks[i] as Listener).add(value);
}

/** The same for trends. Code that only ever sees one class is compiled to a call of that class. */
function addTime(sinks: readonly Listener[], milliseconds: number): void {
  for (let i = 0; i < sinks.length; i++) (sinks[i] as Listener).add(milliseconds);
}

/** How a request ended, as far as its tags tell. */
export type Outcome = {
  status: number;
  errorCode: number;
  error: string;
  proto: string;
  tlsVersion: string;
  /** Undefined when nobody says which responses are expected. */
  expected: boolean | undefined;
};

/** The series of a run, found by the request's own tags and its outcome. */
export class HttpRecorder {
  readonly #builtins: Builtins;
  readonly #rows: SecondRows;
  readonly #systemTags: ReadonlySet<string>;
  /** The options ask for tags that only the connection knows. */
  readonly tagsPeers: boolean;
  #lastBase: Tags | undefined;
  #lastName: string | undefined;
  readonly #series = new Map<Tags, Map<number | string, HttpSeries>>();
  /** The series found last, which the next request is likely to have too. */
  #last: { tags: Tags; key: number | string; series: HttpSeries } | undefined;

  constructor(builtins: Builtins, rows: SecondRows, systemTags: ReadonlySet<string>) {
    this.#builtins = builtins;
    this.#rows = rows;
    this.#systemTags = systemTags;
    this.tagsPeers = systemTags.has('ip') || systemTags.has('ocsp_status');
  }

  /**
   * The tags of a request before its outcome is known. A `name` that the script gave, for the request, as a template
   * or for the VU, stands for the URL in both tags.
   */
  requestTags(
    base: Tags,
    method: string,
    url: string,
    template: string | undefined,
    given: Record<string, string> | undefined,
  ): Tags {
    const on = this.#systemTags;
    const name = given?.name ?? this.#nameIn(base) ?? template ?? url;
    let tags = base;
    if (on.has('method')) tags = tags.with('method', method);
    if (on.has('name')) tags = tags.with('name', name);
    if (on.has('url')) tags = tags.with('url', name);
    return given === undefined ? tags : this.ownTags(tags, given);
  }

  /** `tags` with those that the script gave for one request, which do not take the place of the engine's own. */
  ownTags(tags: Tags, given: Record<string, string>): Tags {
    let all = tags;
    for (const key in given) {
      const isTaken = key === 'name' || key === 'url' || key === 'method';
      if (!isTaken || !this.#systemTags.has(key)) all = all.with(key, given[key] as string);
    }
    return all;
  }

  /** Looked up once while requests come from the same scenario and group. */
  #nameIn(base: Tags): string | undefined {
    if (base !== this.#lastBase) {
      this.#lastBase = base;
      this.#lastName = base.get('name');
    }
    return this.#lastName;
  }

  /** The tags with those of the server that the options ask for. */
  peerTags(tags: Tags, { remoteAddress, ocsp }: Peer): Tags {
    let all = tags;
    if (this.#systemTags.has('ip') && remoteAddress !== '') all = all.with('ip', remoteAddress);
    if (this.#systemTags.has('ocsp_status') && ocsp !== undefined) all = all.with('ocsp_status', ocsp.status);
    return all;
  }

  seriesOf(tags: Tags, outcome: Outcome): HttpSeries {
    const key = outcomeKey(outcome);
    let last = this.#last;
    if (last === undefined || last.tags !== tags || last.key !== key) {
      last = { tags, key, series: this.#find(tags, key, outcome) };
      this.#last = last;
    }
    return last.series;
  }

  #find(tags: Tags, key: number | string, outcome: Outcome): HttpSeries {
    let byOutcome = this.#series.get(tags);
    if (byOutcome === undefined) {
      // Bounded: a script without a `name` tag may make a new set of tags with every request.
      if (this.#series.size >= 4096) this.#series.clear();
      byOutcome = new Map();
      this.#series.set(tags, byOutcome);
    }
    let series = byOutcome.get(key);
    if (series === undefined) {
      series = this.#build(tags, outcome);
      byOutcome.set(key, series);
    }
    return series;
  }

  #build(requestTags: Tags, outcome: Outcome): HttpSeries {
    const { expected } = outcome;
    const set: Record<string, string> = { status: String(outcome.status) };
    if (expected !== undefined) set.expected_response = String(expected);
    if (outcome.errorCode !== 0) set.error_code = String(outcome.errorCode);
    if (outcome.error !== '') set.error = outcome.error;
    if (outcome.proto !== '') set.proto = outcome.proto;
    if (outcome.tlsVersion !== '') set.tls_version = outcome.tlsVersion;
    let tags = requestTags;
    for (const [key, value] of Object.entries(set)) {
      if (this.#systemTags.has(key)) tags = tags.with(key, value);
    }
    const failed = expected === undefined ? undefined : !expected;
    return new HttpSeries(this.#builtins, tags, failed, this.#rows.of(requestTags.get('name') ?? ''));
  }
}

/** Failures of one code may have different texts, and answers of one status another protocol. */
function outcomeKey({ status, errorCode, error, proto, tlsVersion, expected }: Outcome): number | string {
  if (proto === 'HTTP/1.1' && tlsVersion === '') {
    const verdict = expected === undefined ? 2 : Number(expected);
    return (errorCode * 1000 + status) * 3 + verdict;
  }
  return `${status} ${errorCode} ${proto} ${tlsVersion} ${expected} ${error}`;
}
