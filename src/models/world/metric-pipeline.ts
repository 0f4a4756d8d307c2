import type { PodReading, Reading, Sample, TotalReading } from '../hpa/observation.ts';
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
export const metricSources = ['rate', 'concurrency', 'latency'] as const;
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
  /** When the next points are read. */
  nextAt: number;

  constructor(
    metrics: readonly MetricSpec[],
    replica: Replica,
    settings: PipelineSettings,
    sources: ReadonlyMap<string, MetricSource>,
    firstAt: number,
  ) {
    this.#replica = replica;
    this.#settings = settings;
    this.nextAt = firstAt;
    this.#readings = metrics.map((metric) => this.#readingOf(metric, sources));
    this.#counts = metrics.some(({ type }) => type === 'Pods' || type === 'Object' || type === 'External');
  }

  read(pods: readonly WorldPod[], now: number): Reading[] {
    return this.#readings.map((reading) => reading(pods, now));
  }

  /** Reads the next points of every pod that runs. */
  scrape(pods: readonly WorldPod[]): void {
    const time = this.nextAt;
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
    taken.push({ count: station.taken, time, waiting: station.waiting });
    while ((taken[0] as { time: number }).time < time - this.#settings.window - 1e-6) taken.shift();
  }

  #readingOf(
    metric: MetricSpec,
    sources: ReadonlyMap<string, MetricSource>,
  ): (pods: readonly WorldPod[], now: number) => Reading {
    if (metric.type === 'Resource' || metric.type === 'ContainerResource')
      return metric.name === 'cpu' ? this.#cpu() : this.#memory(metric.name);
    const source = sources.get(metric.name);
    if (source === undefined) throw new RangeError(`nothing in the world is known as ${metric.name}`);
    return metric.type === 'Pods' ? podValues(source) : total(source);
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

/** Of a latency the mean, weighted by requests; of everything else the sum. */
function total(source: MetricSource): (pods: readonly WorldPod[]) => Reading {
  const sum = (pods: readonly WorldPod[], each: MetricSource) =>
    pods.reduce((sum, pod) => sum + (currentOf(pod, each) ?? 0), 0);
  return (pods): TotalReading => {
    const rate = sum(pods, 'rate');
    const value = source === 'latency' ? (rate > 0 ? sum(pods, 'concurrency') / rate : 0) : sum(pods, source);
    return { kind: 'total', value: Math.trunc(value * MILLI) };
  };
}

/** In units of the metric: requests per second, requests, seconds (by Little's law). Null before there are points. */
function currentOf({ taken }: WorldPod, source: MetricSource): number | null {
  const newest = taken.at(-1);
  const oldest = taken[0];
  if (newest === undefined || oldest === undefined) return null;
  if (source === 'concurrency') return newest.waiting;
  if (newest === oldest) return null;
  const rate = (newest.count - oldest.count) / (newest.time - oldest.time);
  if (source === 'rate') return rate;
  return rate > 0 ? newest.waiting / rate : 0;
}
