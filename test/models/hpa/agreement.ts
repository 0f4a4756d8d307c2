import { replayTrace } from '../../../src/hpa-replay.ts';
import type { Trace } from '../../../src/hpa-traces.ts';
import { scaleDownLimit, scaleUpLimit } from '../../../src/models/hpa/behavior.ts';
import { controllerOf } from '../../../src/models/hpa/controller.ts';
import { type LagRules, reportedLag } from '../../../src/models/hpa/keda-kafka.ts';
import { limitLegacy } from '../../../src/models/hpa/legacy.ts';
import type { Observation, PodPhase, PodReading } from '../../../src/models/hpa/observation.ts';
import { milliOf, parseQuantity, unitsOf } from '../../../src/models/hpa/quantity.ts';
import { proposeTotalAverage, proposeUtilization } from '../../../src/models/hpa/replicas.ts';
import type { ScalingRules } from '../../../src/models/hpa/spec.ts';
import { isWithinTolerance } from '../../../src/models/hpa/tolerance.ts';
import { featuresOf } from '../../../src/models/hpa/version.ts';
import { scalesFromZero } from '../../../src/models/hpa/zero.ts';

/** What the real controller answered: the rows of vectors.json. Ages are seconds before now, `_m` is milli-units. */
type ReplicaCalc = {
  kind: 'replica_calc';
  currentReplicas: number;
  tolerance: number;
  targetUtilization: number;
  cpuInitializationPeriodSeconds: number;
  initialReadinessDelaySeconds: number;
  pods: {
    name: string;
    phase: PodPhase;
    ready: boolean;
    deleted: boolean;
    startAge_s: number;
    readyTransitionAge_s: number;
    containerRequests_m: number[];
  }[];
  samples: { pod: string; containers_m: number[]; age_s: number; window_s: number }[];
};
export type Vector = { id: string; expect: Record<string, unknown> } & (
  | ReplicaCalc
  | { kind: 'policy_limit'; currentReplicas: number; direction: 'up' | 'down'; rules: ScalingRules }
  | {
      kind: 'legacy_normalize';
      currentReplicas: number;
      desiredReplicas: number;
      minReplicas: number;
      maxReplicas: number;
    }
  | { kind: 'tolerance_band'; ratio: number; scaleDown: number; scaleUp: number }
  | {
      kind: 'zero_gate';
      minReplicas: number;
      scaledToZeroConditionTrue?: boolean;
      hasObjectOrExternalMetric?: boolean;
      minVersion?: string;
    }
  | { kind: 'quantity'; text: string }
  | ({ kind: 'keda_kafka'; partitionLags: number[]; currentReplicas: number } & LagRules)
);

export type Recorded = {
  trace: Trace;
  expected: { replicas: number; rec?: number; able: string; active: string; limited: string }[];
};

const hpa = {
  name: 'a',
  scaleTarget: { kind: 'Deployment', name: 'a' },
  minReplicas: 1,
  maxReplicas: 1000,
  metrics: [],
};
const quiet = { upEvents: [], downEvents: [] };

/** In the fields of `expect`. */
function answer(vector: Vector): Record<string, unknown> {
  switch (vector.kind) {
    case 'policy_limit': {
      const limit = vector.direction === 'up' ? scaleUpLimit : scaleDownLimit;
      return { limit: limit(vector.currentReplicas, vector.rules, quiet, 0, true) };
    }
    case 'legacy_normalize':
      return limitLegacy(vector.currentReplicas, vector.desiredReplicas, vector, true);
    case 'replica_calc':
      return replicaCalc(vector);
    case 'tolerance_band': {
      const { ratio, scaleDown, scaleUp } = vector;
      return {
        within_band_form: isWithinTolerance(ratio, scaleDown, scaleUp, true),
        within_abs_form: isWithinTolerance(ratio, scaleDown, scaleUp, false),
      };
    }
    case 'zero_gate': {
      const gate = {
        minReplicas: vector.minReplicas,
        scaledToZero: vector.scaledToZeroConditionTrue ?? false,
        totalMetric: vector.hasObjectOrExternalMetric ?? false,
      };
      const features = featuresOf(vector.minVersion === '1.37' ? 37 : 36);
      return { decision: scalesFromZero(gate, features) ? 'compute' : 'disabled' };
    }
    case 'quantity':
      return quantity(vector.text);
    case 'keda_kafka': {
      const { lagThreshold, currentReplicas: status } = vector;
      const lag = reportedLag(vector.partitionLags, vector);
      const seen = { now: 0, spec: status, status, pods: [], readings: [] };
      const proposal = proposeTotalAverage(controllerOf(hpa), seen, lag * 1000, lagThreshold * 1000);
      return { reportedLag: lag, hpaProposal: proposal.replicas };
    }
  }
}

function quantity(text: string): Record<string, unknown> {
  try {
    const parsed = parseQuantity(text);
    return { milli: String(milliOf(parsed)), value: String(unitsOf(parsed)) };
  } catch (error) {
    return { error: error instanceof RangeError };
  }
}

function replicaCalc(vector: ReplicaCalc): Record<string, unknown> {
  const { currentReplicas: spec, pods } = vector;
  const flags = {
    tolerance: vector.tolerance,
    cpuInitializationPeriod: vector.cpuInitializationPeriodSeconds,
    initialReadinessDelay: vector.initialReadinessDelaySeconds,
  };
  const samples = new Map(vector.samples.map((each) => [each.pod, each]));
  const seen: Observation = {
    now: 0,
    spec,
    status: spec,
    pods: pods.map((pod) => ({
      phase: pod.phase,
      deleting: pod.deleted,
      ready: pod.ready,
      readySince: -pod.readyTransitionAge_s,
      startedAt: -pod.startAge_s,
    })),
    readings: [],
  };
  const reading: PodReading = {
    kind: 'pods',
    samples: pods.map(({ name }) => {
      const sample = samples.get(name);
      return sample && { value: sum(sample.containers_m), time: -sample.age_s, window: sample.window_s };
    }),
    requests: pods.map(({ containerRequests_m }) => sum(containerRequests_m)),
  };
  const target = { cpu: true, target: vector.targetUtilization };
  const proposal = proposeUtilization(controllerOf(hpa, { flags }), seen, reading, target);
  if (typeof proposal === 'string') return { error: proposal };
  const { replicas, utilization, current } = proposal;
  return { replicas, utilization, rawAverage_m: current };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The first difference to what was recorded, for `vector`; undefined when they agree. */
export function vectorDifference(vector: Vector): string | undefined {
  const answered = answer(vector);
  const wrong = Object.entries(vector.expect).find(([field, value]) => answered[field] !== value);
  return wrong && `${vector.id}: ${wrong[0]} is ${String(answered[wrong[0]])} instead of ${String(wrong[1])}`;
}

/** The first difference in a decision, its proposal or its reasons. */
export function traceDifference({ trace, expected }: Recorded, release: number): string | undefined {
  const { decisions } = replayTrace(trace, release);
  for (const [step, wanted] of expected.entries()) {
    const decided = decisions[step];
    for (const field of ['replicas', 'rec', 'able', 'active', 'limited'] as const) {
      if (decided?.[field] !== wanted[field])
        return `${trace.id}, sync ${step}: ${field} is ${decided?.[field]} instead of ${wanted[field]}`;
    }
  }
  return undefined;
}

/** The first difference in all of them. */
export function firstDifference(
  vectors: Vector[],
  recorded: Recorded[],
  release: number,
): string | undefined {
  for (const vector of vectors) {
    const difference = vectorDifference(vector);
    if (difference !== undefined) return difference;
  }
  for (const each of recorded) {
    const difference = traceDifference(each, release);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
