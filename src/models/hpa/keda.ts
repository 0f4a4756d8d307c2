import type { LagRules } from './keda-kafka.ts';
import type {
  AverageValueTarget,
  MetricSpec,
  ObjectReference,
  UtilizationTarget,
  WrittenHpa,
  WrittenRules,
} from './spec.ts';

/** A KEDA ScaledObject, as far as scaling depends on it. Seconds; thresholds in the unit of their metric. */
export type ScaledObject = {
  readonly name: string;
  readonly namespace?: string;
  readonly scaleTarget: ObjectReference;
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

export type Trigger = KafkaTrigger | PrometheusTrigger | ResourceTrigger;

/** Those whose values KEDA reads itself, and hands to the HPA as External metrics. */
export type ExternalTrigger = KafkaTrigger | PrometheusTrigger;

type Reported = {
  readonly name?: string;
  readonly metricType: 'AverageValue' | 'Value';
  readonly threshold: number;
  /** The trigger is active above it. */
  readonly activationThreshold: number;
  /** The HPA gets what the last poll read instead of a value of its own. */
  readonly useCachedMetrics: boolean;
  /** As written: what scaling does not depend on is in it too. */
  readonly metadata: Readonly<Record<string, string>>;
};

export type KafkaTrigger = Reported &
  Omit<LagRules, 'lagThreshold'> & {
    readonly type: 'kafka' | 'apache-kafka';
    readonly topic?: string;
    /** A partition whose offset stands still since the last read counts as without lag. */
    readonly excludePersistentLag: boolean;
    /** How many partitions it is limited to. */
    readonly partitions?: number;
  };

export type PrometheusTrigger = Reported & { readonly type: 'prometheus'; readonly query: string };

/** The HPA's own metrics: KEDA only passes them on. */
export type ResourceTrigger = {
  readonly type: 'cpu' | 'memory';
  readonly name?: string;
  readonly container?: string;
  readonly target: UtilizationTarget | AverageValueTarget;
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

export function isKafka(trigger: Trigger): trigger is KafkaTrigger {
  return trigger.type === 'kafka' || trigger.type === 'apache-kafka';
}

export function isExternal(trigger: Trigger): trigger is ExternalTrigger {
  return trigger.type !== 'cpu' && trigger.type !== 'memory';
}

/** The HPA that KEDA makes: a metric for each trigger, those of one type together, and at least one replica. */
export function hpaOf(scaled: ScaledObject): WrittenHpa {
  const { name, namespace, minReplicaCount, maxReplicaCount, scaleTarget, triggers } = scaled;
  const behavior = pausedBehavior(scaled);
  const metrics = triggers.map((trigger, index) => metricOf(trigger, index, name));
  return {
    name: `keda-hpa-${name}`,
    ...(namespace === undefined ? {} : { namespace }),
    scaleTarget,
    minReplicas: minReplicaCount === 0 ? 1 : minReplicaCount,
    maxReplicas: maxReplicaCount,
    metrics: metrics.toSorted((a, b) => (a.type === b.type ? 0 : a.type < b.type ? -1 : 1)),
    ...(behavior === undefined ? {} : { behavior }),
  };
}

function metricOf(trigger: Trigger, index: number, scaledObject: string): MetricSpec {
  if (!isExternal(trigger)) {
    const { type: name, container, target } = trigger;
    return container === undefined
      ? { type: 'Resource', name, target }
      : { type: 'ContainerResource', name, container, target };
  }
  const threshold = toMilli(trigger.threshold);
  return {
    type: 'External',
    name: metricNameOf(trigger, index),
    selector: { matchLabels: { 'scaledobject.keda.sh/name': scaledObject } },
    target:
      trigger.metricType === 'Value'
        ? { type: 'Value', value: threshold }
        : { type: 'AverageValue', averageValue: threshold },
  };
}

/** What the External metric of a trigger is called; `index` is that of the trigger among all. */
export function metricNameOf(trigger: ExternalTrigger, index: number): string {
  const topic = isKafka(trigger) && trigger.topic !== undefined ? `-${trigger.topic}` : '';
  return `s${index}-${trigger.type}${topic.replaceAll(/[/.:%(){}]/g, '-')}`;
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
  trigger: ExternalTrigger,
  fallback: Fallback,
  { failures, current, ready }: { failures: number; current: number; ready: number },
): number | null {
  if (failures < fallback.failureThreshold) return null;
  const replicas = fallbackReplicas(fallback, current);
  if (trigger.metricType === 'AverageValue') return toMilli(trigger.threshold * replicas);
  return ready === 0 ? null : toMilli((trigger.threshold * replicas) / ready);
}
