import { describe, expect, it } from 'vitest';
import { autoscaler } from '../../src/emit/autoscaler.ts';
import { readManifest } from '../../src/manifests.ts';
import { validateHpa } from '../../src/models/hpa/validate.ts';
import { podsNeeded } from '../../src/models/world/simulate.ts';
import {
  documentHpa,
  drawCandidates,
  hardestHours,
  type Score,
} from '../../src/planners/autoscaling/tune.ts';
import {
  bestOf,
  choose,
  combined,
  frontierOf,
  shortlist,
  worthAll,
} from '../../src/planners/autoscaling/tune-choice.ts';
import { START, worldOf } from '../models/world/worlds.ts';

const rates = Array.from({ length: 4 * 5760 }, (_, k) => (k === 7000 ? 900 : 300 + 100 * Math.sin(k / 900)));
const world = worldOf(rates);
const events = [{ name: 'news', at: START + 6990 * 15, multiplier: 3, rise: 15, decay: 600 }];
const ground = { world, needed: podsNeeded(world), events };

const score = (podHours: number, violated: number, abandoned = false): Score => ({
  candidate: { hpa: documentHpa, scaled: null, floors: [], named: null },
  podHours,
  violated,
  causes: { atMax: violated },
  seeds: 1,
  abandoned,
});

describe('candidates', () => {
  const drawn = drawCandidates({ hpa: documentHpa, scaled: null }, ground, { count: 200, seed: 4 });

  it('are different, and the same for the same seed', () => {
    expect(drawn).toHaveLength(200);
    expect(new Set(drawn.map((each) => JSON.stringify(each))).size).toBe(200);
    expect(drawCandidates({ hpa: documentHpa, scaled: null }, ground, { count: 200, seed: 4 })).toEqual(
      drawn,
    );
    expect(drawCandidates({ hpa: documentHpa, scaled: null }, ground, { count: 200, seed: 5 })).not.toEqual(
      drawn,
    );
  });

  it('are HPAs that the API server takes, and that come back from their manifests', () => {
    for (const { hpa } of drawn) {
      const manifest = autoscaler(hpa);
      expect(validateHpa(manifest, { release: 36 }).errors).toEqual([]);
      expect(readManifest(JSON.stringify(manifest), 'x').autoscalers[0]?.hpa).toEqual(hpa);
    }
  });

  it('raise the minimum before an event and until it is over, and not above their maximum', () => {
    const floors = drawn.flatMap(({ hpa, floors }) =>
      floors.map((floor) => ({ ...floor, max: hpa.maxReplicas })),
    );
    expect(floors.length).toBeGreaterThan(50);
    for (const { from, to, replicas, max } of floors) {
      expect([120, 300]).toContain(events[0] && events[0].at - from);
      expect(to).toBe(START + 6990 * 15 + 615);
      expect(replicas).toBeLessThanOrEqual(max);
    }
  });
});

describe('choosing', () => {
  const scores = [score(10, 500), score(20, 100), score(25, 150), score(30, 40), score(40, 0), score(50, 30)];
  const hours = (found: readonly Score[]) => found.map(({ podHours }) => podHours);

  it('has a frontier of what nothing else beats on both axes', () => {
    expect(hours(frontierOf(scores))).toEqual([10, 20, 30, 40]);
    expect(hours(bestOf(scores, 5))).toEqual([10, 20, 30, 40, 25]);
  });

  it('takes the cheapest within the budget, or the best there is', () => {
    expect(choose(scores, 100)?.podHours).toBe(20);
    expect(choose(scores, 0)?.podHours).toBe(40);
    expect(choose(scores.slice(0, 3), 50)?.podHours).toBe(20);
    expect(choose([score(1, 0, true)], 50)).toBeUndefined();
  });

  it('goes on with the cheapest within the budget and the best of the rest', () => {
    expect(hours(shortlist(scores, 45, 4))).toEqual([30, 40, 10, 20]);
  });

  it('means over seeds', () => {
    const both = combined(combined(score(10, 30), score(20, 60)), score(30, 0));
    expect(both).toMatchObject({ podHours: 20, violated: 30, seeds: 3, causes: { atMax: 30 } });
  });

  it('tries first in the half day around the highest load', () => {
    const half = hardestHours(world);
    expect(half.load.rates).toHaveLength(2880);
    expect(half.load.start).toBe(START + (7000 - 1440) * 15);
    expect(half.load.rates[1440]).toBe(900);
  });
});

it('sends on the best by layers, and besides the cheapest that may keep to the budget', () => {
  // Dear ones break the SLO for less time: all are on the frontier.
  const scores = Array.from({ length: 40 }, (_, i) => score(100 + i, 400 - 10 * i));
  const { layers, cheapest } = worthAll(scores, { budget: 70, days: 7 }, 8);
  expect(layers.map(({ podHours }) => podHours)).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
  // 70 s once, and 10 s every day.
  expect(cheapest.map(({ violated }) => violated)).toEqual([70, 60, 10]);
});
