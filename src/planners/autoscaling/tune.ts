import { withDefaults } from '../../models/hpa/defaults.ts';
import { hpaOf, type ScaledObject } from '../../models/hpa/keda.ts';
import type { Hpa, MetricSpec, ScalingRules } from '../../models/hpa/spec.ts';
import { Random } from '../../models/random.ts';
import type { TrafficEvent } from '../../models/traffic/event.ts';
import { rateOf } from '../../models/world/replica.ts';
import type { Floor, World } from '../../models/world/simulate.ts';
import type { Cause } from '../../models/world/violation.ts';
import { scaledLike } from './scaled-candidates.ts';

/**
 * An HPA to try, and the ScaledObject that KEDA makes it of, with the minimum it gets around known events. `named` ones
 * were given and not made up.
 */
export type Candidate = { hpa: Hpa; scaled: ScaledObject | null; floors: Floor[]; named: string | null };

/** What a candidate came to, as means over the seeds it was tried with. Seconds and hours. */
export type Score = {
  candidate: Candidate;
  violated: number;
  podHours: number;
  causes: Partial<Record<Cause, number>>;
  seeds: number;
  /** It was given up, and has no score for the whole time. */
  abandoned: boolean;
};

/** The HPA of the platform's scalability document. */
export const documentHpa: Hpa = withDefaults({
  name: 'trading-service-hpa',
  scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'trading-service' },
  minReplicas: 2,
  maxReplicas: 20,
  metrics: [
    { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } },
    { type: 'Resource', name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } },
  ],
  behavior: {
    scaleDown: {
      stabilizationWindowSeconds: 300,
      policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
    },
    scaleUp: {
      stabilizationWindowSeconds: 60,
      policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
    },
  },
});

/** The metric that candidates on requests per second use. */
export const RATE_METRIC = 'http_requests_per_second';

/** What candidates are made of: all combinations are far more than can be tried, so they are drawn. */
export const choices = {
  metric: ['cpu', 'cpu', 'rate'],
  /** Share of what a pod can do. */
  target: [0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8],
  /** Quantile of the pods that the load needs. */
  min: [0, 0.1, 0.25, 0.5, 0.75],
  /** Of the pods that the highest load needs. */
  max: [0.8, 1, 1.25, 1.5, 2],
  upWindow: [0, 0, 15, 30, 60],
  up: [
    [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
    [{ type: 'Percent', value: 300, periodSeconds: 15 }],
    [{ type: 'Percent', value: 100, periodSeconds: 60 }],
    [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  ],
  downWindow: [60, 120, 300, 600, 1200],
  down: [
    [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    [{ type: 'Percent', value: 50, periodSeconds: 60 }],
    [{ type: 'Percent', value: 10, periodSeconds: 60 }],
  ],
  /** Share of the pods that a known event needs at its height, to be there before it; 0 for none. */
  floor: [0, 0.5, 0.75, 1, 1.15],
  lead: [120, 300],
  /** Lag of a consumer, in parts of what it reads in the time of the SLO. */
  lag: [0.1, 0.25, 0.5, 1, 2, 5],
  /** Targets of which nothing else is known, in parts of those given. */
  factor: [0.5, 0.75, 1, 1.5, 2],
} as const;

export type Ground = { world: World; needed: Float64Array; events: readonly TrafficEvent[] };

/** What candidates are like: their target, and the ScaledObject that they are variants of. */
export type Base = Pick<Candidate, 'hpa' | 'scaled'>;

/** `count` different candidates for the target of `base`; the same seed gives the same. */
export function drawCandidates(
  base: Base,
  ground: Ground,
  { count, seed }: { count: number; seed: number },
): Candidate[] {
  const random = new Random(seed);
  const sorted = Float64Array.from(ground.needed).sort();
  const found = new Map<string, Candidate>();
  // Where few pods are needed many draws are alike: there may be less than `count`.
  for (let draws = 0; found.size < count && draws < 20 * count; draws++) {
    const candidate = drawOne(base, ground, sorted, random);
    found.set(JSON.stringify(candidate), candidate);
  }
  return [...found.values()];
}

function drawOne(
  { hpa: base, scaled }: Base,
  ground: Ground,
  sorted: Float64Array,
  random: Random,
): Candidate {
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)] as T;
  const { partitions } = ground.world;
  const most = sorted.at(-1) as number;
  const lowest = sorted[Math.floor(pick(choices.min) * (sorted.length - 1))] as number;
  const minReplicas = Math.max(scaled?.minReplicaCount === 0 ? 1 : 2, lowest);
  const maxReplicas = Math.max(minReplicas, Math.ceil(most * pick(choices.max)));
  const scaleUp: ScalingRules = {
    stabilizationWindowSeconds: pick(choices.upWindow),
    selectPolicy: 'Max',
    policies: pick(choices.up),
  };
  const scaleDown: ScalingRules = {
    stabilizationWindowSeconds: pick(choices.downWindow),
    selectPolicy: 'Max',
    policies: pick(choices.down),
  };
  const metrics =
    scaled === null
      ? [metricOf(pick(choices.metric), pick(choices.target), ground.world)]
      : base.metrics.map((metric) => retarget(metric, ground.world, pick));
  const floors = floorsOf(ground, pick(choices.floor), pick(choices.lead), maxReplicas);
  const places = partitions ?? Number.POSITIVE_INFINITY;
  const bounds = {
    minReplicas: Math.min(minReplicas, places),
    maxReplicas: Math.min(maxReplicas, places),
  };
  const hpa: Hpa = { ...base, ...bounds, metrics, behavior: { scaleUp, scaleDown } };
  return { ...variantOf(scaled, hpa), floors, named: null };
}

/** `hpa`, or, where KEDA makes it of `scaled`, the ScaledObject that it makes it of. */
export function variantOf(scaled: ScaledObject | null, hpa: Hpa): Base {
  if (scaled === null) return { hpa, scaled };
  const variant = scaledLike(scaled, hpa);
  return { hpa: withDefaults(hpaOf(variant)), scaled: variant };
}

/** A target at a share of what a pod can do: of its CPU at its full rate, in percent of the request, or of that rate. */
function metricOf(kind: 'cpu' | 'rate', share: number, { replica }: World): MetricSpec {
  const rate = rateOf(replica);
  if (kind === 'rate') {
    const target = { type: 'AverageValue', averageValue: Math.round(share * rate * 1000) } as const;
    return { type: 'Pods', name: RATE_METRIC, target };
  }
  const full = (replica.cpuIdle + rate * replica.cpuPerRequest) / replica.cpuRequest;
  const averageUtilization = Math.max(1, Math.round(share * full * 100));
  return { type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization } };
}

/** Another target for what KEDA scales by. Thresholds of lags are whole records. */
function retarget(metric: MetricSpec, world: World, pick: <T>(from: readonly T[]) => T): MetricSpec {
  const { replica, slo, sources } = world;
  if (metric.type === 'Resource' && metric.name === 'cpu')
    return { ...metric, target: metricOf('cpu', pick(choices.target), world).target } as MetricSpec;
  if (metric.type !== 'External') return metric;
  const { target } = metric;
  const given = target.type === 'Value' ? target.value : target.averageValue;
  const source = sources.get(metric.name);
  const rate = rateOf(replica);
  const milli =
    source === 'lag'
      ? 1000 * Math.max(1, Math.round(pick(choices.lag) * rate * slo.within))
      : Math.max(
          1,
          Math.round(source === 'rate' ? 1000 * pick(choices.target) * rate : given * pick(choices.factor)),
        );
  return {
    ...metric,
    target: target.type === 'Value' ? { ...target, value: milli } : { ...target, averageValue: milli },
  };
}

function floorsOf({ world, needed, events }: Ground, share: number, lead: number, most: number): Floor[] {
  if (share === 0) return [];
  const { start, seconds } = world.load;
  return events.map(({ at, rise, decay }) => {
    const [first, last] = [
      Math.floor((at - start) / seconds),
      Math.ceil((at + rise + decay - start) / seconds),
    ];
    const height = needed.subarray(Math.max(0, first), Math.max(0, last)).reduce((a, b) => Math.max(a, b), 0);
    return { from: at - lead, to: at + rise + decay, replicas: Math.min(most, Math.ceil(height * share)) };
  });
}

const HALF_DAY = 43_200;

/** `seconds`, half a day if not said, with the highest load in the middle, or as near to it as `world` allows. */
export function hardestHours(world: World, seconds = HALF_DAY): World {
  const { load } = world;
  const steps = Math.min(load.rates.length, Math.round(seconds / load.seconds));
  let busiest = 0;
  for (let k = 0; k < load.rates.length; k++)
    if ((load.rates[k] as number) > (load.rates[busiest] as number)) busiest = k;
  const first = Math.min(Math.max(0, busiest - Math.floor(steps / 2)), load.rates.length - steps);
  return {
    ...world,
    load: {
      start: load.start + first * load.seconds,
      seconds: load.seconds,
      rates: load.rates.slice(first, first + steps),
      counts: load.counts.slice(first, first + steps),
    },
  };
}
