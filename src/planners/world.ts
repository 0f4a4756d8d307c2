import { FxscaleError } from '../errors.ts';
import type { MetricSpec } from '../models/hpa/spec.ts';
import { Random } from '../models/random.ts';
import { drawArrivals, expectedRates, type Noise, type Traffic } from '../models/traffic/traffic.ts';
import type { MetricSource } from '../models/world/metric-pipeline.ts';
import type { NodeSettings } from '../models/world/node-pool.ts';
import { checkReplica, type Replica } from '../models/world/replica.ts';
import type { EngineName, Load, World } from '../models/world/simulate.ts';
import type { Plan, Slo } from './types.ts';

/** What is said of a pod; what is not said comes from a plan, or is assumed. */
export type DeclaredPod = {
  capacity?: number;
  cpuPerRequest?: number;
  workers?: number;
  variability?: number;
  cpuIdle?: number;
  replicaCpu?: number;
  cpuLimit?: number;
  memory?: number;
  replicaMemory?: number;
  timeout?: number;
};

const DEFAULT_CPU = 0.5;
const DEFAULT_MEMORY = 2 ** 30;
/** Of the request: what a process that is long warm holds. An assumption, for HPAs that scale on memory. */
const MEMORY_SHARE = 0.6;
const DEFAULT_TIMEOUT = 30;

/** Throws USAGE when neither flags nor plan say what a pod can do. */
export function replicaOf(declared: DeclaredPod, plan: Plan | null): Replica {
  const planned = plan === null ? {} : fromPlan(plan);
  const given = { ...planned, ...defined(declared) };
  const { capacity, cpuPerRequest } = given;
  if (capacity === undefined || cpuPerRequest === undefined) {
    const missing = capacity === undefined ? '--capacity' : '--cpu-per-request';
    throw new FxscaleError(
      'USAGE',
      `${missing} is missing: say what a pod can do, for example --capacity 100/s --cpu-per-request 4ms, or give --run or --plan`,
    );
  }
  const memoryRequest = given.replicaMemory ?? DEFAULT_MEMORY;
  const replica: Replica = {
    capacity,
    cpuPerRequest,
    workers: given.workers ?? 1,
    variability: given.variability ?? 1,
    cpuIdle: given.cpuIdle ?? 0,
    cpuRequest: given.replicaCpu ?? DEFAULT_CPU,
    cpuLimit: given.cpuLimit ?? null,
    memory: given.memory ?? MEMORY_SHARE * memoryRequest,
    memoryRequest,
    timeout: given.timeout ?? DEFAULT_TIMEOUT,
  };
  try {
    checkReplica(replica);
  } catch (error) {
    if (error instanceof RangeError) throw new FxscaleError('USAGE', `the pod: ${error.message}`);
    throw error;
  }
  return replica;
}

/**
 * A pod does what its CPU limit allows, and has as many workers as requests are in it at that rate when each takes as
 * long as it was measured to take (Little's law).
 */
function fromPlan({ cpu, memory, demand, fits, observed }: Plan): DeclaredPod {
  if (cpu === null || observed === null) return {};
  const { mix, latency } = observed;
  const total = Object.values(mix).reduce((sum, share) => sum + share, 0);
  let perRequest = 0;
  let median = 0;
  for (const [name, share] of Object.entries(mix)) {
    const cost = demand[name]?.platformCpu;
    perRequest += (share / total) * (cost?.value ?? cost?.together?.value ?? 0);
    median += (share / total) * (latency[name]?.p50 ?? 0);
  }
  if (!(perRequest > 0)) return {};
  const idle = Math.max(0, fits.platformCpu?.background.value ?? 0);
  // Without a limit only the request is sure.
  const capacity = ((cpu.limit ?? cpu.request) - idle) / perRequest;
  // The median of an exponential time is ln 2 of its mean.
  const inside = (capacity * median) / Math.LN2;
  return {
    capacity,
    cpuPerRequest: perRequest,
    workers: Math.max(1, Math.round(inside)),
    cpuIdle: idle,
    replicaCpu: cpu.request,
    ...(cpu.limit === null ? {} : { cpuLimit: cpu.limit }),
    ...(memory === null ? {} : { replicaMemory: memory.request }),
    ...(memory?.base ? { memory: memory.base } : {}),
  };
}

function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

export type TrafficSize = { mean?: number; peak?: number };

/** Scales `traffic` to a mean or a peak without its events, over `days` from `start`. Throws USAGE for both or neither. */
export function sized(traffic: Traffic, { mean, peak }: TrafficSize, start: number, days: number): Traffic {
  const recorded = 'history' in traffic.base;
  if (mean !== undefined && peak !== undefined)
    throw new FxscaleError('USAGE', '--mean and --peak both size the traffic: leave one out');
  if (mean === undefined && peak === undefined) {
    if (recorded) return traffic;
    throw new FxscaleError(
      'USAGE',
      'a preset is only a shape: give its --mean or its --peak, for example 1000/s',
    );
  }
  const steps = Math.ceil((days * DAY) / MINUTE);
  const rates = expectedRates({ ...traffic, events: [] }, start, MINUTE, steps);
  const now =
    mean === undefined ? Math.max(...chunked(rates)) : rates.reduce((sum, rate) => sum + rate, 0) / steps;
  if (!(now > 0)) throw new FxscaleError('USAGE', 'there is no traffic in that time: choose another --start');
  return { ...traffic, scale: (traffic.scale * (mean ?? peak ?? now)) / now };
}

const DAY = 86_400;
const MINUTE = 60;

/** The largest of each hour: a year of minutes is too many arguments for one call. */
function chunked(rates: Float64Array): number[] {
  return Array.from({ length: Math.ceil(rates.length / MINUTE) }, (_, i) =>
    Math.max(...rates.subarray(i * MINUTE, (i + 1) * MINUTE)),
  );
}

/** The traffic step by step; the arrivals are drawn with `seed`. */
export function loadOf(
  traffic: Traffic,
  {
    start,
    days,
    step,
    noise,
    seed,
  }: { start: number; days: number; step: number; noise: Noise; seed: number },
): Load {
  const steps = Math.max(1, Math.round((days * DAY) / step));
  const rates = expectedRates(traffic, start, step, steps);
  return { start, seconds: step, rates, counts: drawArrivals(rates, step, noise, new Random(seed)) };
}

/** Single requests up to here take a few seconds of computing. */
const FEW = 5e6;

/** Single requests where the stream has no formula, or when there are few. */
export function engineFor(chosen: EngineName | 'auto', replica: Replica, load: Load): EngineName {
  if (chosen === 'fluid' && replica.variability !== 1)
    throw new FxscaleError(
      'USAGE',
      `--engine fluid has formulas for --variability 1 only: use --engine events for ${replica.variability}`,
    );
  if (chosen !== 'auto') return chosen;
  if (replica.variability !== 1) return 'events';
  let requests = 0;
  for (const count of load.counts) requests += count;
  return requests <= FEW ? 'events' : 'fluid';
}

/** What a metric of an HPA is taken to be: as said, or by its name. Throws USAGE for one that says nothing. */
export function sourcesOf(
  metrics: readonly MetricSpec[],
  said: ReadonlyMap<string, MetricSource>,
): Map<string, MetricSource> {
  const sources = new Map<string, MetricSource>();
  for (const { type, name } of metrics) {
    if (type === 'Resource' || type === 'ContainerResource') continue;
    const source = said.get(name) ?? bySound(name);
    if (source === undefined)
      throw new FxscaleError(
        'USAGE',
        `what is the metric ${name}? Say it with --metric ${name}=rate (requests per second), =concurrency (requests that are in the service) or =latency (seconds)`,
      );
    sources.set(name, source);
  }
  return sources;
}

function bySound(name: string): MetricSource | undefined {
  if (/latency|duration|response_?time/i.test(name)) return 'latency';
  if (/queue|backlog|pending|depth|in_?flight|concurren|active/i.test(name)) return 'concurrency';
  return /per_?sec|rate|rps|qps|requests/i.test(name) ? 'rate' : undefined;
}

export type Surroundings = {
  startup: number;
  imagePull: number;
  scheduling: number;
  grace: number;
  scrape: number;
  window: number;
  nodes: NodeSettings | null;
  slo: Slo;
  seed: number;
};

export function worldOf(
  replica: Replica,
  load: Load,
  engine: EngineName,
  sources: ReadonlyMap<string, MetricSource>,
  { startup, imagePull, scheduling, grace, scrape, window, nodes, slo, seed }: Surroundings,
): World {
  return {
    replica,
    load,
    engine,
    sources,
    nodes,
    seed,
    slo: { quantile: slo.quantile, within: slo.seconds },
    timing: { scheduling, imagePull, startup, grace },
    pipeline: { resolution: scrape, window },
  };
}

/** Pods times hours times cores times the price of a core-hour; null without a price. */
export function costOf(podHours: number, replica: Replica, price: number | undefined): number | null {
  return price === undefined ? null : podHours * replica.cpuRequest * price;
}
