import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantArrivalRate } from '../../src/load/schedule/constant-arrival-rate.ts';
import type { Stage, StartsPlan } from '../../src/load/schedule/plan.ts';
import { rampingArrivalRate } from '../../src/load/schedule/ramping-arrival-rate.ts';

const pool = { preAllocatedVUs: 1, maxVUs: 2, gracefulStop: 30 };
const ramping = (startRate: number, stages: readonly Stage[], timeUnit = 1) =>
  rampingArrivalRate({ startRate, timeUnit, stages, ...pool });
const constant = (rate: number, duration: number, timeUnit = 1) =>
  constantArrivalRate({ rate, timeUnit, duration, ...pool });

function starts(plan: StartsPlan): number[] {
  return Array.from({ length: plan.count }, (_, index) => plan.startOf(index));
}

/** Whole milliseconds, cut off. */
const milliseconds = (plan: StartsPlan) => starts(plan).map((seconds) => Math.floor(seconds * 1000 + 1e-7));

describe('constantArrivalRate', () => {
  it('starts at 0 and then once every period', () => {
    expect(milliseconds(constant(10, 1))).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(milliseconds(constant(10, 0.95))).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(milliseconds(constant(3, 120, 60))).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000]);
  });

  it('has a period of whole nanoseconds', () => {
    const plan = constant(3, 10);
    expect(plan.startOf(1)).toBe(0.333333333);
    expect(plan.startOf(29)).toBe(9.666666657);
    expect(plan.count).toBe(30);
  });

  it('says when it ends and what it holds', () => {
    expect(
      constantArrivalRate({
        rate: 5,
        timeUnit: 1,
        duration: 2,
        preAllocatedVUs: 3,
        maxVUs: 7,
        gracefulStop: 4,
      }),
    ).toMatchObject({
      kind: 'starts',
      end: 2,
      gracefulStop: 4,
      preAllocatedVUs: 3,
      maxVUs: 7,
      reserved: [
        { time: 0, vus: 3 },
        { time: 6, vus: 0 },
      ],
    });
  });

  it('has rate times duration starts, rounded up, all before the end', () => {
    const rates = fc.tuple(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.constantFrom(1, 60, 3600),
    );
    fc.assert(
      fc.property(rates, ([rate, duration, timeUnit]) => {
        const plan = constant(rate, duration / 1000, timeUnit);
        const last = plan.startOf(plan.count - 1);
        expect(plan.count).toBe(Math.ceil((rate * duration) / (1000 * timeUnit)));
        expect(last).toBeLessThan(plan.end);
        expect(plan.startOf(plan.count)).toBe(Number.POSITIVE_INFINITY);
      }),
      { seed: 1 },
    );
  });
});

describe('rampingArrivalRate', () => {
  const upAndDown = [
    { duration: 5, target: 1 },
    { duration: 1, target: 1 },
    { duration: 5, target: 0 },
  ];

  it('starts when the area under the rate reaches whole numbers', () => {
    expect(milliseconds(ramping(0, upAndDown))).toEqual([3162, 4472, 5500, 6527, 7837, 11000]);
    expect(milliseconds(ramping(0, upAndDown, 0.333333333))).toEqual([
      1825, 2581, 3162, 3651, 4082, 4472, 4830, 5166, 5499, 5833, 6169, 6527, 6917, 7348, 7837, 8418, 9174,
      10999,
    ]);
  });

  it('starts when k6 did', () => {
    // Logged by k6 v1.3.0, in whole milliseconds after the start; a log line is some time after the start it tells of.
    const logged = [1000, 1415, 1732, 2000, 2251, 2500, 2750, 3000, 3269, 3586, 4001, 5001];
    const planned = starts(
      ramping(0, [
        { duration: 2, target: 4 },
        { duration: 1, target: 4 },
        { duration: 2, target: 0 },
      ]),
    );
    expect(planned).toHaveLength(logged.length);
    planned.forEach((seconds, i) => {
      const late = (logged[i] ?? Number.NaN) - seconds * 1000;
      expect(late).toBeGreaterThan(-1);
      expect(late).toBeLessThan(2);
    });
  });

  it('jumps in a stage without duration', () => {
    const plan = ramping(0, [
      { duration: 0, target: 10 },
      { duration: 1, target: 10 },
      { duration: 0, target: 2 },
      { duration: 1, target: 2 },
    ]);
    expect(milliseconds(plan)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1500, 2000]);
    expect(plan.end).toBe(2);
  });

  it('has no starts at a rate of 0', () => {
    const plan = ramping(0, [{ duration: 10, target: 0 }]);
    expect([plan.count, plan.startOf(0), plan.end]).toEqual([0, Number.POSITIVE_INFINITY, 10]);
  });

  const stage = fc.record({
    duration: fc.integer({ min: 0, max: 20_000 }),
    target: fc.integer({ min: 0, max: 2000 }),
  });
  const ramps = fc.tuple(
    fc.integer({ min: 0, max: 2000 }),
    fc.array(stage, { minLength: 1, maxLength: 6 }),
    fc.constantFrom(1, 60),
  );
  const rampOf = ([startRate, stages, timeUnit]: [number, Stage[], number]) =>
    ramping(
      startRate,
      stages.map(({ duration, target }) => ({ duration: duration / 1000, target })),
      timeUnit,
    );

  it('has as many starts as the area under the rate', () => {
    fc.assert(
      fc.property(ramps, (ramp) => {
        let [rate, twice] = [ramp[0], 0];
        for (const { duration, target } of ramp[1]) {
          twice += duration * (rate + target);
          rate = target;
        }
        expect(rampOf(ramp).count).toBe(Math.floor(twice / (2000 * ramp[2])));
      }),
      { seed: 1 },
    );
  });

  it('starts in order, at instants where the area is what it should be', () => {
    fc.assert(
      fc.property(ramps, fc.integer({ min: 0, max: 1_000_000 }), (ramp, pick) => {
        const plan = rampOf(ramp);
        if (plan.count === 0) return;
        const index = pick % plan.count;
        const at = plan.startOf(index);
        expect(at).toBeGreaterThanOrEqual(index === 0 ? 0 : plan.startOf(index - 1));
        expect(at).toBeLessThanOrEqual(plan.end);
        expect(areaUntil(at, ramp) / (index + 1)).toBeCloseTo(1, 3);
      }),
      { seed: 1 },
    );
  });

  /** Iterations due by `seconds`, by the trapezium rule stage by stage: not the formula under test. */
  function areaUntil(seconds: number, [startRate, stages, timeUnit]: [number, Stage[], number]): number {
    let [rate, start, area] = [startRate, 0, 0];
    for (const { duration: ms, target } of stages) {
      const length = ms / 1000;
      const inside = Math.min(length, Math.max(0, seconds - start));
      const reached = length === 0 ? target : rate + ((target - rate) * inside) / length;
      area += (inside * (rate + reached)) / 2;
      start += length;
      rate = target;
    }
    return area / timeUnit;
  }
});
