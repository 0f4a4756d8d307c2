import { type Amounts, isEnough, krrCpu, krrMemory } from '../../models/rightsizing/krr.ts';
import { type Bounded, coresForWork, dayWorkOf } from '../../models/rightsizing/load-share.ts';
import { peakAhead, riseOf, usualPeak } from '../../models/rightsizing/tail.ts';
import { DAY, dayPeaks, daysOf, extentOf, type Grid, recorded } from '../../models/rightsizing/use.ts';
import { recommendVpa } from '../../models/rightsizing/vpa.ts';
import type { RightsizingFinding } from './findings.ts';
import type { Advised, ContainerAdvice, ContainerHistory, ResourceName } from './types.ts';

export type RightsizingOptions = {
  /** The share of the work that a request covers, and how sure that is. */
  readonly confidence: number;
  readonly seed: number;
  readonly cpuLimits: 'none' | 'tail';
};

/** Whole days without which nothing is advised: fewer say nothing of how days differ. */
export const DAYS_NEEDED = 3;
export const WEEK = 7;
/** Days for which a limit is to hold. */
export const DAYS_AHEAD = 30;
/** Of a day's steps, so that it is one. */
const DAY_COVERED = 0.5;
const CPU_FLOOR = 0.01;
const MEMORY_FLOOR = 32 * 2 ** 20;
/** Below one core even a single busy thread is stopped in every period. */
const LEAST_CPU_LIMIT = 1;
/** Shares below which nobody needs to know. */
const THROTTLED = 0.01;
const NOTABLE_RISE = 0.02;

export const MILLI = 1e-3;
export const MIB = 2 ** 20;

/** Up to a whole number of `unit`: what a manifest says. */
export function upTo(amount: number, unit: number): number {
  return Math.ceil(Number((amount / unit).toFixed(6))) * unit;
}

/** Whole millicores, without what doubles make of them. */
export function cores(milli: number): number {
  return milli / 1000;
}

/**
 * What one container is advised by each strategy, without regard to an HPA but for KRR, which says nothing where there
 * is one for the resource. `containers` are those of the pod.
 */
export function adviseContainer(
  grid: Grid,
  container: ContainerHistory,
  scaled: ReadonlySet<ResourceName>,
  containers: number,
  options: RightsizingOptions,
): { advice: ContainerAdvice; findings: RightsizingFinding[] } {
  const { name, now, pods, ooms } = container;
  const days = coveredDays(grid, container);
  const own = days.length < DAYS_NEEDED ? null : adviseOurs(grid, container, days, options);
  const vpa = recommendVpa({ grid, pods, ooms, request: now.cpu.request, containers });
  const hasUse = pods.some(({ cpu }) => cpu.some((value) => !Number.isNaN(value)));
  const advice: ContainerAdvice = {
    name,
    now,
    days: days.length,
    advice: {
      fxscale: own?.advised ?? { cpu: null, memory: null },
      krr: adviseKrr('simple', grid, container, scaled),
      'krr-limit': adviseKrr('simple-limit', grid, container, scaled),
      vpa: hasUse
        ? {
            cpu: inProportion(cores(vpa.cpu.target), now.cpu),
            memory: inProportion(vpa.memory.target, now.memory),
          }
        : { cpu: null, memory: null },
    },
    basis: own?.basis ?? null,
    lateness: { now: null, advised: null },
  };
  const needed = DAYS_NEEDED;
  const short: RightsizingFinding[] =
    own === null
      ? [
          {
            code: 'TOO_LITTLE_HISTORY',
            severity: 'warning',
            args: { container: name, days: days.length, needed },
          },
        ]
      : own.findings;
  return { advice, findings: [...findingsOf(container), ...short] };
}

/** Days, from the start of the grid, in most of whose steps some pod has both CPU and memory. */
function coveredDays({ step, steps }: Grid, { pods }: ContainerHistory): number[] {
  const counts = new Array<number>(daysOf({ from: 0, step, steps })).fill(0);
  for (let i = 0; i < steps; i++) {
    const there = pods.some(({ cpu, memory }) => !Number.isNaN(cpu[i]) && !Number.isNaN(memory[i]));
    if (there) {
      const day = Math.floor((i * step) / DAY);
      counts[day] = (counts[day] as number) + 1;
    }
  }
  return counts.flatMap((count, day) => (count >= (DAY_COVERED * DAY) / step ? [day] : []));
}

function adviseKrr(
  strategy: 'simple' | 'simple-limit',
  grid: Grid,
  { pods, ooms }: ContainerHistory,
  scaled: ReadonlySet<ResourceName>,
): Advised {
  const of = (resource: ResourceName) => {
    const series = pods.map((use) => use[resource]);
    return !scaled.has(resource) && isEnough(extentOf(grid, series)) ? series.map(recorded) : null;
  };
  const [cpu, memory] = [of('cpu'), of('memory')];
  const limit = ooms.at(-1)?.limit ?? null;
  return {
    cpu: cpu === null ? null : krrCpu(strategy, cpu),
    memory: memory === null ? null : krrMemory(memory, limit),
  };
}

/** The vertical pod autoscaler keeps a limit in the proportion that it has to the request; none stays none. */
function inProportion(request: number, { request: from, limit }: Amounts): Amounts {
  if (limit === null) return { request, limit };
  return { request, limit: from ? (request * limit) / from : Math.max(request, limit) };
}

type Ours = { advised: Advised; basis: ContainerAdvice['basis']; findings: RightsizingFinding[] };

function adviseOurs(
  grid: Grid,
  { name, pods, ooms, now, throttled }: ContainerHistory,
  days: readonly number[],
  { confidence, seed, cpuLimits }: RightsizingOptions,
): Ours {
  const sure = { confidence, seed };
  const work = dayWorkOf(
    grid,
    pods.map(({ cpu }) => cpu),
  );
  const cpuRequest = coresForWork(
    days.map((day) => work[day] as Float64Array),
    confidence,
    sure,
  );
  const peaksOf = (resource: ResourceName) => {
    const series = pods.map((use) => ({ pod: use.pod, values: use[resource] }));
    const all = dayPeaks(grid, series, resource === 'memory' ? ooms : []);
    return days.map((day) => all[day] as number[]);
  };
  const podPeaks = peaksOf('memory');
  const peaks = podPeaks.map((day) => Math.max(...day));
  const memoryRequest = usualPeak(podPeaks, confidence, sure);
  const rise = riseOf(peaks) ?? 0;
  const memoryLimit = risen(
    peakAhead(
      // As if all days had come after the rise so far: else that would count as chance.
      peaks.map((peak, i) => peak + rise * (peaks.length - 1 - i)),
      { ahead: DAYS_AHEAD, ...sure },
    ),
    rise * DAYS_AHEAD,
  );
  const request = upTo(Math.max(CPU_FLOOR, cpuRequest.bound), MILLI);
  const memory = upTo(Math.max(MEMORY_FLOOR, memoryRequest.bound), MIB);
  const limit = upTo(Math.max(MEMORY_FLOOR, memoryLimit.bound, memory), MIB);
  const advised: Advised = {
    cpu: {
      request: cores(Math.round(request / MILLI)),
      limit: cpuLimits === 'none' ? null : tailLimit(peaksOf('cpu'), request, sure),
    },
    memory: { request: memory, limit },
  };
  const basis = { cpuRequest, memoryRequest, memoryLimit };
  const findings: RightsizingFinding[] = [];
  const seen = Math.max(...peaks);
  if (now.memory.limit !== null && now.memory.limit < limit && ooms.length === 0) {
    const args = { container: name, limit: now.memory.limit, peak: seen, needed: limit, days: DAYS_AHEAD };
    findings.push({ code: 'MEMORY_LIMIT_SHORT', severity: 'warning', args });
  }
  if (rise * DAYS_AHEAD > NOTABLE_RISE * limit) {
    const args = { container: name, perDay: rise, days: DAYS_AHEAD, limit };
    findings.push({ code: 'MEMORY_RISES', severity: 'warning', args });
  }
  if (cpuLimits === 'none' && now.cpu.limit !== null) {
    const args = { container: name, limit: now.cpu.limit, throttled };
    findings.push({ code: 'CPU_LIMIT_DROPPED', severity: 'info', args });
  }
  return { advised, basis, findings };
}

function risen({ value, low, high, bound }: Bounded, by: number): Bounded {
  return { value: value + by, low: low + by, high: high + by, bound: bound + by };
}

/** The peak of the coming days: with throttling in mind never below one core. */
function tailLimit(
  podPeaks: readonly (readonly number[])[],
  request: number,
  sure: { confidence: number; seed: number },
): number {
  const peaks = podPeaks.filter((day) => day.length > 0).map((day) => Math.max(...day));
  const { bound } = peakAhead(peaks, { ahead: DAYS_AHEAD, ...sure });
  return cores(Math.round(upTo(Math.max(LEAST_CPU_LIMIT, bound, request), MILLI) / MILLI));
}

/** What is told whether or not there is enough history. */
function findingsOf({ name, now, ooms, throttled }: ContainerHistory): RightsizingFinding[] {
  const findings: RightsizingFinding[] = [];
  if (ooms.length > 0) {
    const args = { container: name, count: ooms.length, limit: ooms.at(-1)?.limit ?? null };
    findings.push({ code: 'OOM_KILLED', severity: 'error', args });
  }
  if (throttled !== null && throttled >= THROTTLED) {
    const args = { container: name, share: throttled, limit: now.cpu.limit };
    findings.push({ code: 'CPU_THROTTLED', severity: 'warning', args });
  }
  const resources = (['cpu', 'memory'] as const).filter((resource) => now[resource].request === null);
  if (resources.length > 0)
    findings.push({ code: 'NO_REQUESTS', severity: 'warning', args: { container: name, resources } });
  return findings;
}
