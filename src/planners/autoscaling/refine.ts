import type { Hpa, MetricSpec, ScalingRules } from '../../models/hpa/spec.ts';
import { type Base, type Candidate, choices, type Score, variantOf } from './tune.ts';

/** Targets and minima are moved by these factors; a known event's replicas likewise. */
const STEPS = [0.8, 0.9, 1.1, 1.25];
const FLOOR_STEPS = [0.85, 1.15];

/** What one move changes of an HPA. */
type Move = (hpa: Hpa) => Hpa;

/** What is one move away from `candidate`: another target, minimum, maximum, window or policy, or other floors. */
export function neighboursOf(candidate: Candidate, places: number): Candidate[] {
  const { hpa, floors } = candidate;
  const moved = movesOf(hpa, places).map((move) => variant(candidate, move(hpa)));
  const floored = FLOOR_STEPS.filter(() => floors.length > 0).map((step) => ({
    ...variant(candidate, hpa),
    floors: floors.map((floor) => ({
      ...floor,
      replicas: Math.min(hpa.maxReplicas, Math.max(1, Math.round(floor.replicas * step))),
    })),
  }));
  return different([...moved, ...floored], [candidate]);
}

/**
 * What comes of all the moves of `better`, each of which is a neighbour of `base`, together, the best first: of the best
 * two, the best three, and so on.
 */
export function joined(base: Candidate, better: readonly Candidate[]): Candidate[] {
  let sum = base;
  const found: Candidate[] = [];
  for (const each of better) {
    sum = join(base, sum, each);
    found.push(sum);
  }
  return different(found, [base, ...better]);
}

/** Those of `scores` that are better than `base` by what counts: within `budget` the pod-hours, and else the time outside. */
export function improvements(base: Score, scores: readonly Score[], budget: number): Score[] {
  const value = ({ violated, podHours }: Score) => (violated <= budget ? podHours : 1e9 + violated);
  return scores
    .filter((score) => value(score) < value(base))
    .toSorted((a, b) => value(a) - value(b) || a.violated - b.violated);
}

function movesOf(hpa: Hpa, places: number): Move[] {
  const { minReplicas, maxReplicas, behavior } = hpa;
  const targets = STEPS.map(
    (step): Move =>
      (of) => ({
        ...of,
        metrics: of.metrics.map((metric) => scaled(metric, step)),
      }),
  );
  const minima = [...new Set(STEPS.map((step) => stepped(minReplicas, step)))].map(
    (min): Move =>
      (of) => ({
        ...of,
        minReplicas: Math.min(Math.max(1, min), maxReplicas),
      }),
  );
  const maxima = [0.85, 1.2].map(
    (step): Move =>
      (of) => ({
        ...of,
        maxReplicas: Math.min(places, Math.max(minReplicas, stepped(maxReplicas, step))),
      }),
  );
  if (behavior === undefined) return [...targets, ...minima, ...maxima];
  const { scaleUp, scaleDown } = behavior;
  const rules =
    (direction: 'scaleUp' | 'scaleDown', changes: Partial<ScalingRules>): Move =>
    (of) =>
      of.behavior === undefined
        ? of
        : { ...of, behavior: { ...of.behavior, [direction]: { ...of.behavior[direction], ...changes } } };
  return [
    ...targets,
    ...minima,
    ...beside(choices.downWindow, scaleDown.stabilizationWindowSeconds).map((stabilizationWindowSeconds) =>
      rules('scaleDown', { stabilizationWindowSeconds }),
    ),
    ...beside(choices.upWindow, scaleUp.stabilizationWindowSeconds).map((stabilizationWindowSeconds) =>
      rules('scaleUp', { stabilizationWindowSeconds }),
    ),
    ...choices.down.map((policies) => rules('scaleDown', { policies })),
    ...choices.up.map((policies) => rules('scaleUp', { policies })),
    ...maxima,
  ];
}

/** At least one more or less. */
function stepped(count: number, step: number): number {
  const next = Math.round(count * step);
  if (next !== count) return next;
  return step > 1 ? count + 1 : count - 1;
}

/** The next choices below and above what there is. */
function beside(all: readonly number[], now: number | undefined): number[] {
  if (now === undefined) return [];
  const lower = Math.max(...all.filter((each) => each < now));
  const upper = Math.min(...all.filter((each) => each > now));
  return [lower, upper].filter(Number.isFinite);
}

function scaled(metric: MetricSpec, step: number): MetricSpec {
  const { target } = metric;
  if (metric.name === 'memory') return metric;
  const by = (value: number) => Math.max(1, stepped(value, step));
  if (target.type === 'Utilization')
    return {
      ...metric,
      target: { ...target, averageUtilization: by(target.averageUtilization) },
    } as MetricSpec;
  // Thresholds of lags are whole records.
  const milli = (value: number) => (value % 1000 === 0 ? 1000 * by(value / 1000) : by(value));
  if (target.type === 'Value')
    return { ...metric, target: { ...target, value: milli(target.value) } } as MetricSpec;
  return { ...metric, target: { ...target, averageValue: milli(target.averageValue) } } as MetricSpec;
}

function variant(candidate: Candidate, hpa: Hpa): Candidate {
  return { ...variantOf(candidate.scaled, hpa), floors: candidate.floors, named: null };
}

/** `sum` with what differs between `base` and `other`. */
function join(base: Candidate, sum: Candidate, other: Candidate): Candidate {
  const changed = <T>(of: (candidate: Base & Candidate) => T): T =>
    JSON.stringify(of(other)) === JSON.stringify(of(base)) ? of(sum) : of(other);
  const rules = (direction: 'scaleUp' | 'scaleDown') => ({
    stabilizationWindowSeconds: changed(({ hpa }) => hpa.behavior?.[direction].stabilizationWindowSeconds),
    policies: changed(({ hpa }) => hpa.behavior?.[direction].policies),
  });
  const behavior =
    sum.hpa.behavior === undefined
      ? undefined
      : {
          scaleUp: withRules(sum.hpa.behavior.scaleUp, rules('scaleUp')),
          scaleDown: withRules(sum.hpa.behavior.scaleDown, rules('scaleDown')),
        };
  const minReplicas = changed(({ hpa }) => hpa.minReplicas);
  const hpa: Hpa = {
    ...sum.hpa,
    metrics: changed((candidate) => candidate.hpa.metrics),
    minReplicas,
    maxReplicas: Math.max(
      minReplicas,
      changed((candidate) => candidate.hpa.maxReplicas),
    ),
    ...(behavior === undefined ? {} : { behavior }),
  };
  return { ...variantOf(sum.scaled, hpa), floors: changed(({ floors }) => floors), named: null };
}

function withRules(
  rules: ScalingRules,
  {
    stabilizationWindowSeconds,
    policies,
  }: {
    stabilizationWindowSeconds: number | undefined;
    policies: ScalingRules['policies'] | undefined;
  },
): ScalingRules {
  return {
    ...rules,
    ...(stabilizationWindowSeconds === undefined ? {} : { stabilizationWindowSeconds }),
    ...(policies === undefined ? {} : { policies }),
  };
}

/** Without those that are like another, or like one of `known`. */
function different(candidates: readonly Candidate[], known: readonly Candidate[]): Candidate[] {
  const keyOf = ({ hpa, floors }: Candidate) => JSON.stringify([hpa, floors]);
  const seen = new Set(known.map(keyOf));
  return candidates.filter((candidate) => {
    const key = keyOf(candidate);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
