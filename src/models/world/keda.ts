import {
  type ExternalTrigger,
  isExternal,
  isKafka,
  metricNameOf,
  prometheusMilli,
  type ScaledObject,
} from '../hpa/keda.ts';
import { type ActivationState, activate, isActive } from '../hpa/keda-activation.ts';
import { partitionLag, reportedLag } from '../hpa/keda-kafka.ts';
import type { Reading } from '../hpa/observation.ts';
import type { MetricSpec } from '../hpa/spec.ts';
import { Random } from '../random.ts';
import type { WorldPod } from './cluster.ts';
import type { MetricPipeline, MetricSource } from './metric-pipeline.ts';
import type { Engine, PartitionState } from './station.ts';

/** What KEDA can look at. */
type Seen = { engine: Engine; pipeline: MetricPipeline; pods: readonly WorldPod[] };

/** A trigger, its name among the HPA's metrics, and what KEDA remembers of it. */
type Watched = {
  readonly trigger: ExternalTrigger;
  readonly metric: string;
  /** Offsets of the partitions at the last read. */
  committed: readonly number[];
  /** What the last poll read, if the HPA gets that. */
  cached: Reading | null;
};

/** Keeps KEDA's chances apart from those of the arrivals. */
const OWN_SEED = 0x6b656461;

/**
 * KEDA's operator for one ScaledObject: its loop between zero and one, and the metrics that it reads for the HPA. Groups
 * have committed offsets for all partitions, and no read fails.
 */
export class Keda {
  /** When the triggers are read next. */
  nextAt: number;
  readonly #scaled: ScaledObject;
  readonly #watched: Watched[];
  readonly #byMetric: (Watched | undefined)[];
  readonly #sources: ReadonlyMap<string, MetricSource>;
  readonly #state: ActivationState;
  readonly #random: Random;

  /** `busy` is whether there was work before the start. */
  constructor(
    scaled: ScaledObject,
    metrics: readonly MetricSpec[],
    world: { seed: number; sources: ReadonlyMap<string, MetricSource>; load: { start: number } },
    busy: boolean,
  ) {
    this.#scaled = scaled;
    this.#sources = world.sources;
    this.#random = new Random((world.seed ^ OWN_SEED) >>> 0);
    this.#watched = scaled.triggers.flatMap((trigger, index) =>
      isExternal(trigger)
        ? [{ trigger, metric: metricNameOf(trigger, index), committed: [], cached: null }]
        : [],
    );
    this.#byMetric = metrics.map(({ type, name }) =>
      type === 'External' ? this.#watched.find(({ metric }) => metric === name) : undefined,
    );
    this.#state = { lastActive: busy ? world.load.start : null };
    this.nextAt = world.load.start + this.#random.uniform() * scaled.pollingInterval;
  }

  /** The readings of the HPA's metrics, with KEDA's own answers in place of what it asks KEDA for. */
  report(readings: readonly Reading[], seen: Seen): Reading[] {
    return readings.map((reading, i) => {
      const watched = this.#byMetric[i];
      if (watched === undefined) return reading;
      return watched.cached ?? this.#read(watched, seen).reading;
    });
  }

  /** At a poll of the triggers: the replicas to set, and the reason; null when it leaves them to the HPA. */
  poll(
    now: number,
    replicas: number,
    seen: Seen,
    floored: boolean,
  ): { replicas: number; reason: string } | null {
    this.nextAt = now + this.#scaled.pollingInterval;
    const awake: string[] = floored ? ['a schedule'] : [];
    for (const watched of this.#watched) {
      const { reading, active } = this.#read(watched, seen);
      if (watched.trigger.useCachedMetrics) watched.cached = reading;
      if (active) awake.push(watched.metric);
    }
    const wanted = activate(this.#scaled, this.#state, { now, replicas, active: awake.length > 0 });
    if (wanted === null) return null;
    return { replicas: wanted, reason: reasonOf(wanted, replicas, awake) };
  }

  #read(watched: Watched, seen: Seen): { reading: Reading; active: boolean } {
    const { trigger, metric } = watched;
    if (isKafka(trigger)) return this.#readLag(trigger, watched, seen);
    const source = this.#sources.get(metric);
    if (source === undefined) throw new RangeError(`nothing in the world is known as ${metric}`);
    const value = seen.pipeline.total(source, seen.pods);
    return { reading: { kind: 'total', value: prometheusMilli(value) }, active: isActive(trigger, value) };
  }

  #readLag(
    trigger: Extract<ExternalTrigger, { topic?: string }>,
    watched: Watched,
    { engine }: Seen,
  ): { reading: Reading; active: boolean } {
    const { excludePersistentLag } = trigger;
    const policy = { offsetResetPolicy: 'latest', scaleToZeroOnInvalidOffset: false } as const;
    const all = engine.partitions(this.#random);
    const partitions = all.slice(0, trigger.partitions ?? all.length);
    const lags = partitions.map(({ lag, committed }: PartitionState, p) => {
      const before = watched.committed[p] ?? null;
      return partitionLag({ committed, end: committed + lag, before }, { ...policy, excludePersistentLag });
    });
    watched.committed = partitions.map(({ committed }) => committed);
    const scaling = reportedLag(
      lags.map((each) => Math.round(each.scaling)),
      { ...trigger, lagThreshold: trigger.threshold },
    );
    const waiting = lags.reduce((sum, { activation }) => sum + Math.round(activation), 0);
    return { reading: { kind: 'total', value: scaling * 1000 }, active: isActive(trigger, waiting) };
  }
}

/** By the names of KEDA's events. */
function reasonOf(wanted: number, replicas: number, awake: readonly string[]): string {
  if (awake.length > 0) return `KEDAScaleTargetActivated: ${awake.join(', ')} is active`;
  if (wanted > replicas) return 'KEDA: fewer replicas than minReplicaCount';
  return 'KEDAScaleTargetDeactivated: no trigger is active';
}
