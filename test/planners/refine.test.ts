import { describe, expect, it } from 'vitest';
import { scaledObject } from '../../src/emit/scaled-object.ts';
import { withDefaults } from '../../src/models/hpa/defaults.ts';
import { hpaOf, type ScaledObject } from '../../src/models/hpa/keda.ts';
import { validateScaledObject } from '../../src/models/hpa/validate-keda.ts';
import { podsNeeded } from '../../src/models/world/simulate.ts';
import { improvements, joined, neighboursOf } from '../../src/planners/autoscaling/refine.ts';
import { type Candidate, drawCandidates, type Score } from '../../src/planners/autoscaling/tune.ts';
import { worldOf } from '../models/world/worlds.ts';

const object = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: {
    name: 'trades',
    namespace: 'trading',
    annotations: { 'autoscaling.keda.sh/paused-scale-in': 'true' },
  },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'trades' },
    pollingInterval: 10,
    fallback: { failureThreshold: 3, replicas: 6 },
    advanced: {
      horizontalPodAutoscalerConfig: { behavior: { scaleUp: { stabilizationWindowSeconds: 30 } } },
    },
    triggers: [
      {
        type: 'kafka',
        name: 'lag',
        useCachedMetrics: true,
        metadata: { bootstrapServers: 'b', consumerGroup: 'g', topic: 'trades', lagThreshold: '50' },
      },
      { type: 'memory', metricType: 'AverageValue', metadata: { value: '512Mi', containerName: 'app' } },
      { type: 'cpu', metricType: 'Utilization', metadata: { value: '70' } },
    ],
  },
};

function read(of: object): ScaledObject {
  const { scaled, errors } = validateScaledObject(of, { release: 36 });
  if (scaled === null) throw new Error(JSON.stringify(errors));
  return scaled;
}

const scaled = read(object);
const world = worldOf(
  Array.from({ length: 2000 }, (_, k) => 600 + 600 * Math.sin(k / 300)),
  { partitions: 12, sources: new Map([['s0-kafka-trades', 'lag']]), slo: { quantile: 0.99, within: 10 } },
);
const ground = { world, needed: podsNeeded(world), events: [] };
const base = { hpa: withDefaults(hpaOf(scaled)), scaled };
const drawn = drawCandidates(base, ground, { count: 60, seed: 3 });
const [one] = drawn as [Candidate];

const score = (candidate: Candidate, podHours: number, violated: number): Score => ({
  ...{ candidate, podHours, violated, causes: {}, seeds: 1, abandoned: false },
});

it('writes a ScaledObject that is read as the same', () => {
  expect(read(scaledObject(scaled))).toEqual(scaled);
});

describe('variants of a ScaledObject', () => {
  it('are ScaledObjects that KEDA takes, and makes the HPA of that was tried', () => {
    for (const candidate of [...drawn, ...neighboursOf(one, 12)]) {
      const again = read(scaledObject(candidate.scaled as ScaledObject));
      expect(again).toEqual(candidate.scaled);
      expect(withDefaults(hpaOf(again))).toEqual(candidate.hpa);
    }
  });

  it('ask for no more consumers than there are partitions, and for none where that is wanted', () => {
    expect(Math.max(...drawn.map(({ hpa }) => hpa.maxReplicas))).toBeLessThanOrEqual(12);
    expect(drawn.some(({ scaled: each }) => each?.minReplicaCount === 0)).toBe(true);
    const thresholds = new Set(
      drawn
        .flatMap(({ scaled: each }) => each?.triggers ?? [])
        .flatMap((each) => ('threshold' in each ? each.threshold : [])),
    );
    // Parts of what a pod of 100/s reads in the ten seconds of the SLO.
    expect([...thresholds].toSorted((a, b) => a - b)).toEqual([100, 250, 500, 1000, 2000, 5000]);
  });
});

describe('the neighbours of an HPA', () => {
  const neighbours = neighboursOf(one, 12);

  it('are different from it and from each other, and the same every time', () => {
    const keys = new Set([one, ...neighbours].map(({ hpa, floors }) => JSON.stringify([hpa, floors])));
    expect(keys.size).toBe(neighbours.length + 1);
    expect(neighbours.length).toBeGreaterThan(12);
    expect(neighboursOf(one, 12)).toEqual(neighbours);
  });

  it('are joined by all that they change', () => {
    const target = neighbours.find(
      ({ hpa }) => JSON.stringify(hpa.metrics) !== JSON.stringify(one.hpa.metrics),
    );
    const policies = neighbours.find(
      ({ hpa }) =>
        JSON.stringify(hpa.behavior?.scaleDown.policies) !==
        JSON.stringify(one.hpa.behavior?.scaleDown.policies),
    );
    const [both, ...more] = joined(one, [target, policies] as Candidate[]);
    expect(more).toEqual([]);
    expect(both?.hpa).toEqual({
      ...target?.hpa,
      behavior: { ...one.hpa.behavior, scaleDown: policies?.hpa.behavior?.scaleDown },
    });
    expect(joined(one, [])).toEqual([]);
  });

  it('move the replicas that are kept for an event', () => {
    const floors = [{ from: 0, to: 60, replicas: 4 }];
    const moved = neighboursOf({ ...one, floors }, 12).filter((each) => each.floors[0]?.replicas !== 4);
    expect(moved.map((each) => each.floors[0]?.replicas)).toEqual([3, 5]);
  });
});

it('counts as better what is cheaper within the budget, and else what breaks the SLO for less time', () => {
  const [a, b, c] = drawn as [Candidate, Candidate, Candidate];
  const ranked = (from: Score, ...scores: Score[]) =>
    improvements(from, scores, 60).map(({ candidate }) => candidate);
  expect(ranked(score(a, 100, 30), score(b, 90, 59), score(c, 80, 61))).toEqual([b]);
  expect(ranked(score(a, 100, 90), score(b, 200, 30), score(c, 80, 80))).toEqual([b, c]);
  expect(ranked(score(a, 100, 30), score(b, 100, 10))).toEqual([]);
});
