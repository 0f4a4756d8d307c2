import { Histogram } from '../models/histogram.ts';
import { GoError } from './go-error.ts';

/**
 * Samples to sinks. A sample is a metric, a set of tags and a number; it goes to the metric's own sink and to the
 * sink of every submetric whose tags it carries. Tag sets are interned, and each remembers which sinks of which
 * metric its samples go to, so that recording is an array look-up and an addition.
 */

export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend';
/** What the numbers are: plain, milliseconds or bytes. */
export type Contains = 'default' | 'time' | 'data';

export class CounterSink {
  readonly type = 'counter';
  samples = 0;
  total = 0;

  add(value: number): void {
    this.samples++;
    this.total += value;
  }
}

export class GaugeSink {
  readonly type = 'gauge';
  samples = 0;
  last = 0;
  min = 0;
  max = 0;

  add(value: number): void {
    if (this.samples === 0 || value < this.min) this.min = value;
    if (this.samples === 0 || value > this.max) this.max = value;
    this.samples++;
    this.last = value;
  }
}

export class RateSink {
  readonly type = 'rate';
  samples = 0;
  trues = 0;

  add(value: number): void {
    this.samples++;
    if (value !== 0) this.trues++;
  }
}

export class TrendSink {
  readonly type = 'trend';
  readonly histogram = new Histogram();

  get samples(): number {
    return this.histogram.count;
  }

  add(value: number): void {
    this.histogram.record(value);
  }
}

export type Sink = CounterSink | GaugeSink | RateSink | TrendSink;

/** A view of a metric: only the samples that carry all of `tags`. `suffix` is as written between the braces. */
export type Submetric = {
  readonly name: string;
  readonly suffix: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly sink: Sink;
};

/** Gets every sample of a metric with certain tags, besides the sinks that add them up. */
export type Listener = { add(value: number): void };
/** Makes the listener for a metric and its tags. */
export type Tap = (metric: Metric, tags: Tags) => Listener;

export type Metric = {
  readonly index: number;
  readonly name: string;
  readonly type: MetricType;
  readonly contains: Contains;
  readonly sink: Sink;
  readonly submetrics: Submetric[];
  /** Those of the registry. */
  readonly taps: readonly Tap[];
};

/** Marks a key of `Tags` as metadata: it is written with samples but does not tell them apart. */
const METADATA = '\u0000';

/** An interned set of tags. Sets with the same tags added in the same order are the same object. */
export class Tags {
  readonly #parent: Tags | undefined;
  readonly #key: string;
  readonly #value: string;
  #children: Map<string, Map<string, Tags>> | undefined;
  #size = 0;
  /** The child asked for last: most code adds the same tag with the same value again and again. */
  #last: Tags | undefined;
  readonly #sinks: (readonly Listener[] | undefined)[] = [];

  constructor(parent?: Tags, key = '', value = '') {
    this.#parent = parent;
    this.#key = key;
    this.#value = value;
  }

  /** The set of these tags. */
  static of(tags: Readonly<Record<string, string>>): Tags {
    return Object.entries(tags).reduce((set, [key, value]) => set.with(key, value), new Tags());
  }

  /** This set with one tag more, or with another value for one it has. */
  with(key: string, value: string): Tags {
    const last = this.#last;
    if (last !== undefined && last.#key === key && last.#value === value) return last;
    const child = this.#children?.get(key)?.get(value) ?? this.#bear(key, value);
    this.#last = child;
    return child;
  }

  #bear(key: string, value: string): Tags {
    // A script that makes up a tag value per iteration must not grow this tree without bound: sinks are held by
    // the metrics, so forgotten sets are only built again.
    if (this.#children === undefined || this.#size >= 4096) {
      this.#children = new Map();
      this.#size = 0;
    }
    const child = new Tags(this, key, value);
    const byValue = this.#children.get(key);
    if (byValue === undefined) this.#children.set(key, new Map([[value, child]]));
    else byValue.set(value, child);
    this.#size++;
    return child;
  }

  /** This set with metadata, which no threshold can select by. */
  withMetadata(key: string, value: string): Tags {
    return this.with(METADATA + key, value);
  }

  get(key: string): string | undefined {
    for (let tags: Tags | undefined = this; tags !== undefined; tags = tags.#parent) {
      if (tags.#key === key) return tags.#value;
    }
    return undefined;
  }

  toObject(): Record<string, string> {
    return Object.fromEntries(this.#entries().filter(([key]) => !key.startsWith(METADATA)));
  }

  metadata(): Record<string, string> {
    const marked = this.#entries().filter(([key]) => key.startsWith(METADATA));
    return Object.fromEntries(marked.map(([key, value]) => [key.slice(METADATA.length), value]));
  }

  #entries(): [key: string, value: string][] {
    if (this.#parent === undefined) return [];
    return [...this.#parent.#entries(), [this.#key, this.#value]];
  }

  /** The sinks that a sample of `metric` with these tags goes to. */
  sinksOf(metric: Metric): readonly Listener[] {
    let sinks = this.#sinks[metric.index];
    if (sinks === undefined) {
      const matching = metric.submetrics.filter((sub) =>
        sub.tags.every(([key, value]) => this.get(key) === value),
      );
      const taps = metric.taps.map((tap) => tap(metric, this));
      sinks = [metric.sink, ...matching.map((sub) => sub.sink), ...taps];
      this.#sinks[metric.index] = sinks;
    }
    return sinks;
  }
}

function newSink(type: MetricType): Sink {
  if (type === 'counter') return new CounterSink();
  if (type === 'gauge') return new GaugeSink();
  return type === 'rate' ? new RateSink() : new TrendSink();
}

/** Every metric of one run, by name, in the order of declaration. */
export class Registry {
  readonly #metrics = new Map<string, Metric>();
  readonly #taps: Tap[] = [];

  /** Lets `tap` have every sample; must be asked for before the first. */
  tapInto(tap: Tap): void {
    this.#taps.push(tap);
  }

  /** The metric of that name, made if new. Throws a RangeError when it exists with another type. */
  declare(name: string, type: MetricType, contains: Contains = 'default'): Metric {
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      if (known.type !== type || known.contains !== contains) {
        const kind = known.type === type ? 'a value type' : 'type';
        const [is, asked] = known.type === type ? [known.contains, contains] : [known.type, type];
        throw new GoError(`metric '${name}' already exists but with ${kind} ${is}, instead of ${asked}`);
      }
      return known;
    }
    const metric: Metric = {
      index: this.#metrics.size,
      name,
      type,
      contains,
      sink: newSink(type),
      submetrics: [],
      taps: this.#taps,
    };
    this.#metrics.set(name, metric);
    return metric;
  }

  get(name: string): Metric | undefined {
    return this.#metrics.get(name);
  }

  all(): Metric[] {
    return [...this.#metrics.values()];
  }

  /** The view of `metric` over samples that carry `tags`; must be asked for before the first sample. */
  submetric(metric: Metric, suffix: string, tags: readonly (readonly [string, string])[]): Submetric {
    const known = metric.submetrics.find((sub) => sub.suffix === suffix);
    if (known !== undefined) return known;
    const submetric = { name: `${metric.name}{${suffix}}`, suffix, tags, sink: newSink(metric.type) };
    metric.submetrics.push(submetric);
    return submetric;
  }
}

/** Adds one sample. */
export function record(metric: Metric, tags: Tags, value: number): void {
  const sinks = tags.sinksOf(metric);
  for (let i = 0; i < sinks.length; i++) (sinks[i] as Listener).add(value);
}

/** k6's built-in metrics that this engine fills, in k6's order. */
export function declareBuiltins(registry: Registry) {
  return {
    vus: registry.declare('vus', 'gauge'),
    vusMax: registry.declare('vus_max', 'gauge'),
    iterations: registry.declare('iterations', 'counter'),
    iterationDuration: registry.declare('iteration_duration', 'trend', 'time'),
    droppedIterations: registry.declare('dropped_iterations', 'counter'),
    checks: registry.declare('checks', 'rate'),
    groupDuration: registry.declare('group_duration', 'trend', 'time'),
    httpReqs: registry.declare('http_reqs', 'counter'),
    httpReqFailed: registry.declare('http_req_failed', 'rate'),
    httpReqDuration: registry.declare('http_req_duration', 'trend', 'time'),
    httpReqBlocked: registry.declare('http_req_blocked', 'trend', 'time'),
    httpReqConnecting: registry.declare('http_req_connecting', 'trend', 'time'),
    httpReqTlsHandshaking: registry.declare('http_req_tls_handshaking', 'trend', 'time'),
    httpReqSending: registry.declare('http_req_sending', 'trend', 'time'),
    httpReqWaiting: registry.declare('http_req_waiting', 'trend', 'time'),
    httpReqReceiving: registry.declare('http_req_receiving', 'trend', 'time'),
    wsSessions: registry.declare('ws_sessions', 'counter'),
    wsMsgsSent: registry.declare('ws_msgs_sent', 'counter'),
    wsMsgsReceived: registry.declare('ws_msgs_received', 'counter'),
    wsPing: registry.declare('ws_ping', 'trend', 'time'),
    wsSessionDuration: registry.declare('ws_session_duration', 'trend', 'time'),
    wsConnecting: registry.declare('ws_connecting', 'trend', 'time'),
    grpcReqDuration: registry.declare('grpc_req_duration', 'trend', 'time'),
    grpcStreams: registry.declare('grpc_streams', 'counter'),
    grpcStreamsMsgsReceived: registry.declare('grpc_streams_msgs_received', 'counter'),
    grpcStreamsMsgsSent: registry.declare('grpc_streams_msgs_sent', 'counter'),
    dataSent: registry.declare('data_sent', 'counter', 'data'),
    dataReceived: registry.declare('data_received', 'counter', 'data'),
  };
}

export type Builtins = ReturnType<typeof declareBuiltins>;
