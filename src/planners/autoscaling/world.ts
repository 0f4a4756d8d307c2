import { FxscaleError } from '../../errors.ts';
import { Random } from '../../models/random.ts';
import { drawArrivals, expectedRates, type Noise, type Traffic } from '../../models/traffic/traffic.ts';
import type { MetricSource } from '../../models/world/metric-pipeline.ts';
import type { NodeSettings } from '../../models/world/node-pool.ts';
import { checkReplica, type Replica } from '../../models/world/replica.ts';
import type { EngineName, Load, World } from '../../models/world/simulate.ts';
import type { Plan, Slo } from '../types.ts';
import { middleOf } from '../worlds.ts';

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
 * long as it was measured, or declared, to take (Little's law).
 */
function fromPlan(plan: Plan): DeclaredPod {
  const { cpu, memory, demand, fits, load } = plan;
  if (cpu === null || load === null) return {};
  const cpuPerRequest = inMix(load.mix, (name) => {
    const cost = demand[name]?.platformCpu;
    return cost?.value ?? cost?.together?.value ?? 0;
  });
  if (!(cpuPerRequest > 0)) return {};
  const cpuIdle = Math.max(0, fits.platformCpu?.background.value ?? 0);
  // Without a limit only the request is sure.
  const capacity = ((cpu.limit ?? cpu.request) - cpuIdle) / cpuPerRequest;
  return {
    capacity,
    cpuPerRequest,
    workers: Math.max(1, Math.round(capacity * serviceTime(plan, load.mix))),
    cpuIdle,
    replicaCpu: cpu.request,
    ...(cpu.limit === null ? {} : { cpuLimit: cpu.limit }),
    ...(memory === null ? {} : { replicaMemory: memory.request }),
    ...(memory?.base ? { memory: memory.base } : {}),
  };
}

/** Seconds that a request takes on average; 0 when nothing tells. */
function serviceTime({ observed, inputs }: Plan, mix: Readonly<Record<string, number>>): number {
  if (observed === null) return middleOf(inputs.declared.latency ?? 0);
  // The median of an exponential time is ln 2 of its mean.
  return inMix(mix, (name) => observed.latency[name]?.p50 ?? 0) / Math.LN2;
}

/** The mean over the requests of a mix whose shares sum to one. */
function inMix(mix: Readonly<Record<string, number>>, of: (name: string) => number): number {
  return Object.entries(mix).reduce((sum, [name, share]) => sum + share * of(name), 0);
}

function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

export type TrafficSize = { mean?: number; peak?: number };

/** Scales `traffic` to a mean or a peak without its events and holidays, over `days` from `start`. Throws USAGE for both or neither. */
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
  const rates = expectedRates({ ...traffic, events: [], holidays: [] }, start, MINUTE, steps);
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

export type Surroundings = {
  /** Of the topic whose records the pods fetch; null where requests are sent to them. */
  partitions: number | null;
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
  { partitions, startup, imagePull, scheduling, grace, scrape, window, nodes, slo, seed }: Surroundings,
): World {
  return {
    replica,
    load,
    engine,
    sources,
    partitions,
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
