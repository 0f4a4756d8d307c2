import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantArrivalRate } from '../../src/load/schedule/constant-arrival-rate.ts';
import { constantVUs } from '../../src/load/schedule/constant-vus.ts';
import { iterationsPlan } from '../../src/load/schedule/iterations.ts';
import type { SchedulePlan } from '../../src/load/schedule/plan.ts';
import { rampingArrivalRate } from '../../src/load/schedule/ramping-arrival-rate.ts';
import { rampingVUs } from '../../src/load/schedule/ramping-vus.ts';
import {
  type Division,
  equalPart,
  parseSegment,
  parseSequence,
  placeOf,
} from '../../src/load/schedule/segment.ts';
import { type Share, shareOf } from '../../src/load/schedule/share.ts';

const graceful = { gracefulStop: 30 };
const thirds = (at: number) => {
  const sequence = parseSequence('0,1/3,2/3,1');
  return placeOf(sequence[at] ?? parseSegment('1'), sequence);
};
const alone = equalPart(1, 0);

function instance(plan: SchedulePlan, division: Division): Share {
  const share = shareOf(plan, division, alone);
  if (share === undefined) throw new Error('this part has no share');
  return share;
}

/** The starts of a share with their numbers in the test. */
function startsOf({ plan, inTest }: Share): [number: number, milliseconds: number][] {
  if (plan.kind !== 'starts') throw new Error('not a plan of starts');
  return Array.from({ length: plan.count }, (_, k) => [inTest(k), Math.round(plan.startOf(k) * 1000)]);
}

describe('the share of one instance', () => {
  it('is that of k6: the iterations of the undivided test, at their times', () => {
    const plan = constantArrivalRate({
      rate: 10,
      timeUnit: 1,
      duration: 1,
      preAllocatedVUs: 6,
      maxVUs: 6,
      ...graceful,
    });
    expect([0, 1, 2].map((at) => startsOf(instance(plan, thirds(at))))).toEqual([
      [0, 3, 6, 9].map((k) => [k, k * 100]),
      [1, 4, 7].map((k) => [k, k * 100]),
      [2, 5, 8].map((k) => [k, k * 100]),
    ]);
  });

  it('of iterations that VUs share is the rest less for some', () => {
    const plan = iterationsPlan({ shared: true, vus: 3, iterations: 10, maxDuration: 600, ...graceful });
    const counts = [0, 1, 2].map((at) => {
      const { plan: own } = instance(plan, thirds(at));
      return own.kind === 'iterations' ? [own.vus, own.iterations] : [];
    });
    expect(counts).toEqual([
      [1, 4],
      [1, 3],
      [1, 3],
    ]);
  });

  it('of iterations per VU is VUs, each with all of its iterations', () => {
    const plan = iterationsPlan({ shared: false, vus: 4, iterations: 2, maxDuration: 600, ...graceful });
    const counts = [0, 1, 2].map((at) => {
      const { plan: own } = instance(plan, thirds(at));
      return own.kind === 'iterations' ? [own.vus, own.iterations] : [];
    });
    expect(counts).toEqual([
      [2, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  it('is nothing when there are fewer VUs than parts', () => {
    const plan = constantVUs({ vus: 1, duration: 10, ...graceful });
    expect([0, 1, 2].map((at) => shareOf(plan, thirds(at), alone) !== undefined)).toEqual([
      true,
      false,
      false,
    ]);
  });
});

const vus = fc.integer({ min: 1, max: 20 });
const target = fc.integer({ min: 0, max: 30 });
const stages = fc.array(fc.record({ duration: fc.integer({ min: 0, max: 5 }), target }), {
  minLength: 1,
  maxLength: 4,
});
const plans: fc.Arbitrary<SchedulePlan> = fc.oneof(
  fc
    .record({ rate: fc.integer({ min: 1, max: 50 }), maxVUs: vus })
    .map(({ rate, maxVUs }) =>
      constantArrivalRate({ rate, timeUnit: 1, duration: 3, preAllocatedVUs: maxVUs, maxVUs, ...graceful }),
    ),
  fc
    .record({ stages, maxVUs: vus, startRate: target })
    .map((config) =>
      rampingArrivalRate({ ...config, timeUnit: 1, preAllocatedVUs: config.maxVUs, ...graceful }),
    ),
  fc
    .record({ stages, startVUs: vus })
    .map((config) => rampingVUs({ ...config, gracefulRampDown: 2, ...graceful })),
  vus.map((count) => constantVUs({ vus: count, duration: 5, ...graceful })),
  fc
    .record({ vus, shared: fc.boolean(), more: fc.integer({ min: 0, max: 40 }) })
    .map(({ vus: count, shared, more }) =>
      iterationsPlan({ shared, vus: count, iterations: count + more, maxDuration: 9, ...graceful }),
    ),
);

/** Everything that a plan does, in any order: its starts, its VUs' times, or its iterations. */
function contents(plan: SchedulePlan): unknown[] {
  if (plan.kind === 'starts') return Array.from({ length: plan.count }, (_, k) => plan.startOf(k));
  if (plan.kind === 'vus') {
    return Array.from({ length: plan.maxVUs }, (_, slot) => JSON.stringify(plan.intervalsOf(slot)));
  }
  const each = plan.shared ? [] : Array.from({ length: plan.vus }, () => plan.iterations);
  return plan.shared ? Array.from({ length: plan.iterations }, (_, k) => k) : each;
}

const sorted = (all: unknown[]) => all.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));

describe('the shares of all workers of all instances', () => {
  it('are together what one would do', () => {
    fc.assert(
      fc.property(
        plans,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (plan, parts, workers) => {
          const shares = Array.from({ length: parts }, (_, part) =>
            Array.from({ length: workers }, (_, worker) =>
              shareOf(plan, equalPart(parts, part), equalPart(workers, worker)),
            ),
          ).flat(2);
          const own = shares.flatMap((share) => {
            if (share === undefined) return [];
            if (share.plan.kind !== 'iterations' || !share.plan.shared) return contents(share.plan);
            return Array.from({ length: share.plan.iterations }, (_, k) => share.inTest(k));
          });
          const expected = contents(plan);
          expect(sorted(own)).toEqual(sorted(expected));
          const pool = shares.reduce((sum, share) => sum + vusOf(share?.plan), 0);
          expect(pool).toBe(vusOf(plan));
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});

function vusOf(plan: SchedulePlan | undefined): number {
  if (plan === undefined) return 0;
  return plan.kind === 'iterations' ? plan.vus : plan.maxVUs;
}
