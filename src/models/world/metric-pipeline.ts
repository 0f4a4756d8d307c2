import type { PodReading, Reading, Sample } from '../hpa/observation.ts';
import type { MetricSpec } from '../hpa/spec.ts';
import type { WorldPod } from './cluster.ts';
import type { Replica } from './replica.ts';

/** Seconds. */
export type PipelineSettings = {
  /** `--metric-resolution` of metrics-server, and the scrape interval of Prometheus. */
  readonly resolution: number;
  /** Window of the adapter's `rate()`. */
  readonly window: number;
};

/** What a custom metric of the HPA stands for in the world. */
export const metricSources = ['rate', 'concurrency', 'latency', 'lag'] as const;
export type MetricSource = (typeof metricSources)[number];

/** The controller's own window for custom metrics, which come without one. */
const CUSTOM_WINDOW = 60;
const MILLI = 1000;

/**
 * What lies between the pods and the controller: usage is read every `resolution` seconds; CPU is the rate between the
 * last two points and at most the limit, so that a pod has none before its second point; counters become rates over a
 * window.
 */
export class MetricPipeline {
  readonly #replica: Replica;
  readonly #settings: PipelineSettings;
  readonly #readings: ((pods: readonly WorldPod[], now: number) => Reading)[];
  readonly #counts: boolean;
  /** What is counted before the pods: by a load balancer, or a broker. The last points, newest last. */
  readonly #front: { count: number; time: number; waiting: number }[] = [];
  #arrived = 0;
  /** When the next points are read. */
  nextAt: number;

  constructor(
    metrics: readonly MetricSpec[],
    replica: Replica,
    settings: PipelineSettings,
    sources: ReadonlyMap<string, MetricSource>,
    { firstAt, rate }: { firstAt: number; rate: number },
  ) {
    this.#replica = replica;
    this.#settings = settings;
    this.nextAt = firstAt;
    // As if requests had been coming at `rate` for long.
    const { resolution, window } = settings;
    const before = firstAt - resolution;
    for (const time of [before - window + resolution, before])
      this.#front.push({ count: (time - before) * rate, time, waiting: 0 });
    this.#readings = metrics.map((metric) => this.#readingOf(metric, sources));
    this.#counts = metrics.some(({ type }) => type === 'Pods' || type === 'Object' || type === 'External');
  }

  read(pods: readonly WorldPod[], now: number): Reading[] {
    return this.#readings.map((reading) => reading(pods, now));
  }

  /** Requests came, whatever became of them. */
  arrive(count: number): void {
    this.#arrived += count;
  }

  /** Reads the next points of every pod that runs; `held` requests wait outside of them. */
  scrape(pods: readonly WorldPod[], held: number): void {
    const time = this.nextAt;
    if (this.#counts) this.#countFront(pods, held, time);
    const { cpuIdle, cpuLimit } = this.#replica;
    for (let i = 0; i < pods.length; i++) {
      const pod = pods[i] as WorldPod;
      if (pod.startedAt === null) continue;
      const { cpu } = pod.station;
      if (pod.scraped === null) pod.scraped = { cpu, time };
      else {
        const window = time - pod.scraped.time;
        const cores = cpuIdle + (cpu - pod.scraped.cpu) / window;
        const value = Math.ceil(Math.min(cores, cpuLimit ?? cores) * MILLI - 1e-6);
        if (pod.sample === null) pod.sample = { value, time, window };
        else {
          pod.sample.value = value;
          pod.sample.time = time;
          pod.sample.window = window;
        }
        pod.scraped.cpu = cpu;
        pod.scraped.time = time;
      }
      if (this.#counts) this.#count(pod, time);
    }
    this.nextAt = time + this.#settings.resolution;
  }

  #count({ taken, station }: WorldPod, time: number): void {
    const { waiting, assigned = 0 } = station;
    taken.push({ count: station.taken, time, waiting: waiting + assigned });
    while ((taken[0] as { time: number }).time < time - this.#settings.window - 1e-6) taken.shift();
  }

  #countFront(pods: readonly WorldPod[], held: number, time: number): void {
    const waiting = pods.reduce((sum, { station }) => sum + station.waiting, held);
    this.#front.push({ count: this.#arrived, time, waiting });
    while ((this.#front[0] as { time: number }).time < time - this.#settings.window - 1e-6)
      this.#front.shift();
  }

  /** Of the whole service, in units of the metric: requests per second that come, requests or records, seconds. */
  total(source: MetricSource, pods: readonly WorldPod[]): number {
    const newest = this.#front.at(-1) as { count: number; time: number; waiting: number };
    const oldest = this.#front[0] as { count: number; time: number };
    if (source === 'rate') return (newest.count - oldest.count) / (newest.time - oldest.time);
    if (source !== 'latency') return newest.waiting;
    const served = pods.reduce((sum, pod) => sum + (currentOf(pod, 'rate') ?? 0), 0);
    return served > 0 ? newest.waiting / served : 0;
  }

  #readingOf(
    metric: MetricSpec,
    sources: ReadonlyMap<string, MetricSource>,
  ): (pods: readonly WorldPod[], now: number) => Reading {
    if (metric.type === 'Resource' || metric.type === 'ContainerResource')
      return metric.name === 'cpu' ? this.#cpu() : this.#memory(metric.name);
    const source = sources.get(metric.name);
    if (source === undefined) throw new RangeError(`nothing in the world is known as ${metric.name}`);
    if (metric.type === 'Pods') return podValues(source);
    return (pods) => ({ kind: 'total', value: Math.trunc(this.total(source, pods) * MILLI) });
  }

  #cpu(): (pods: readonly WorldPod[]) => Reading {
    const samples: (Sample | null)[] = [];
    const request = Math.ceil(this.#replica.cpuRequest * MILLI);
    const requests: number[] = [];
    const reading: PodReading = { kind: 'pods', samples, requests };
    return (pods) => {
      samples.length = pods.length;
      while (requests.length < pods.length) requests.push(request);
      requests.length = pods.length;
      for (let i = 0; i < pods.length; i++) samples[i] = (pods[i] as WorldPod).sample;
      return reading;
    };
  }

  #memory(name: string): (pods: readonly WorldPod[]) => Reading {
    if (name !== 'memory') return () => ({ kind: 'failed', failure: `pods have no resource ${name}` });
    const value = Math.round(this.#replica.memory) * MILLI;
    const request = Math.round(this.#replica.memoryRequest) * MILLI;
    return (pods) => ({
      kind: 'pods',
      samples: pods.map(({ sample }) => sample && { value, time: sample.time, window: sample.window }),
      requests: pods.map(() => request),
    });
  }
}

function podValues(source: MetricSource): (pods: readonly WorldPod[], now: number) => PodReading {
  return (pods, now) => ({
    kind: 'pods',
    samples: pods.map((pod) => {
      const value = currentOf(pod, source);
      return value === null ? null : { value: Math.trunc(value * MILLI), time: now, window: CUSTOM_WINDOW };
    }),
  });
}

/** In units of the metric: requests per second, requests, seconds (by Little's law). Null before there are points. */
function currentOf({ taken }: WorldPod, source: MetricSource): number | null {
  const newest = taken.at(-1);
  const oldest = taken[0];
  if (newest === undefined || oldest === undefined) return null;
  if (source === 'concurrency' || source === 'lag') return newest.waiting;
  if (newest === oldest) return null;
  const rate = (newest.count - oldest.count) / (newest.time - oldest.time);
  if (source === 'rate') return rate;
  return rate > 0 ? newest.waiting / rate : 0;
}
