import type { WrittenHpa, WrittenRules } from './spec.ts';

/** A KEDA ScaledObject, as far as scaling depends on it. Seconds; thresholds in the unit of their metric. */
export type ScaledObject = {
  readonly name: string;
  readonly namespace?: string;
  readonly scaleTarget: { readonly apiVersion?: string; readonly kind?: string; readonly name: string };
  /** How often the triggers are read to decide between zero and one. */
  readonly pollingInterval: number;
  /** How long all triggers must be inactive before the last step to zero. */
  readonly cooldownPeriod: number;
  readonly minReplicaCount: number;
  readonly maxReplicaCount: number;
  /** What an inactive target is scaled to instead of zero. */
  readonly idleReplicaCount?: number;
  readonly fallback?: Fallback;
  readonly behavior?: { readonly scaleUp?: WrittenRules; readonly scaleDown?: WrittenRules };
  /** The annotations that pause one direction. */
  readonly pausedScaleIn?: boolean;
  readonly pausedScaleOut?: boolean;
  readonly triggers: readonly Trigger[];
};

export type Trigger = {
  readonly type: 'kafka' | 'prometheus';
  /** Of Kafka triggers. */
  readonly topic?: string;
  readonly metricType: 'AverageValue' | 'Value';
  readonly threshold: number;
  /** The trigger is active above it. */
  readonly activationThreshold: number;
};

export type Fallback = {
  /** Reads that must fail one after the other. */
  readonly failureThreshold: number;
  readonly replicas: number;
  readonly behavior: 'static' | 'currentReplicas' | 'currentReplicasIfHigher' | 'currentReplicasIfLower';
};

export const scaledObjectDefaults = {
  pollingInterval: 30,
  cooldownPeriod: 300,
  minReplicaCount: 0,
  maxReplicaCount: 100,
} as const;

/** The HPA that KEDA makes: one External metric for each trigger, and at least one replica. */
export function hpaOf(scaled: ScaledObject): WrittenHpa {
  const { name, namespace, minReplicaCount, maxReplicaCount, scaleTarget } = scaled;
  const behavior = pausedBehavior(scaled);
  return {
    name: `keda-hpa-${name}`,
    ...(namespace === undefined ? {} : { namespace }),
    scaleTarget: { apiVersion: 'apps/v1', kind: 'Deployment', ...scaleTarget },
    minReplicas: minReplicaCount === 0 ? 1 : minReplicaCount,
    maxReplicas: maxReplicaCount,
    metrics: scaled.triggers.map((trigger, index) => ({
      type: 'External',
      name: triggerName(trigger, index),
      selector: { matchLabels: { 'scaledobject.keda.sh/name': name } },
      target:
        trigger.metricType === 'Value'
          ? { type: 'Value', value: toMilli(trigger.threshold) }
          : { type: 'AverageValue', averageValue: toMilli(trigger.threshold) },
    })),
    ...(behavior === undefined ? {} : { behavior }),
  };
}

function triggerName({ type, topic }: Trigger, index: number): string {
  return `s${index}-${type}${topic === undefined ? '' : `-${topic.replaceAll(/[/.:%(){}]/g, '-')}`}`;
}

function pausedBehavior({ behavior, pausedScaleIn, pausedScaleOut }: ScaledObject): WrittenHpa['behavior'] {
  if (!pausedScaleIn && !pausedScaleOut) return behavior;
  const disabled = { selectPolicy: 'Disabled' } as const;
  return {
    ...behavior,
    ...(pausedScaleIn ? { scaleDown: { ...behavior?.scaleDown, ...disabled } } : {}),
    ...(pausedScaleOut ? { scaleUp: { ...behavior?.scaleUp, ...disabled } } : {}),
  };
}

/** A value or threshold in milli-units: rounded to three decimals, ties to even; not a number, infinite: zero. */
export function toMilli(value: number): number {
  if (!Number.isFinite(value)) return 0;
  // Of the doubles only odd sixteenths lie exactly between two thousandths.
  if (Math.abs(value * 16) % 2 === 1) return 2 * Math.round((value * 1000) / 2);
  return Math.round(Number(value.toFixed(3)) * 1000);
}

/** What a Prometheus trigger reports, in milli-units: below zero is zero. */
export function prometheusMilli(value: number): number {
  return Math.max(0, toMilli(value));
}

/** The replicas that stand in for a trigger that cannot be read. */
export function fallbackReplicas({ behavior, replicas }: Fallback, current: number): number {
  switch (behavior) {
    case 'static':
      return replicas;
    case 'currentReplicas':
      return current;
    case 'currentReplicasIfHigher':
      return Math.max(current, replicas);
    case 'currentReplicasIfLower':
      return Math.min(current, replicas);
  }
}

/**
 * What the metric of `trigger` is reported as, in milli-units, after `failures` failed reads in a row: the value at
 * which the HPA asks for the replicas of `fallback`. Null before that: the read just fails.
 */
export function fallbackMetric(
  trigger: Trigger,
  fallback: Fallback,
  { failures, current, ready }: { failures: number; current: number; ready: number },
): number | null {
  if (failures < fallback.failureThreshold) return null;
  const replicas = fallbackReplicas(fallback, current);
  if (trigger.metricType === 'AverageValue') return toMilli(trigger.threshold * replicas);
  return ready === 0 ? null : toMilli((trigger.threshold * replicas) / ready);
}
