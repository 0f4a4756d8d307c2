import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantVUs } from '../../src/load/schedule/constant-vus.ts';
import { maxPlannedVUs, type Stage, type VUStep, type VUsPlan } from '../../src/load/schedule/plan.ts';
import { rampingVUs } from '../../src/load/schedule/ramping-vus.ts';

/** `0:4 1:5`: seconds and VUs. */
const text = (steps: readonly VUStep[]) => steps.map(({ time, vus }) => `${time}:${vus}`).join(' ');

const stages = [
  { duration: 2, target: 6 },
  { duration: 5, target: 1 },
  { duration: 4, target: 5 },
  { duration: 4, target: 1 },
  { duration: 3, target: 4 },
  { duration: 2, target: 4 },
  { duration: 0, target: 1 },
  { duration: 3, target: 1 },
];
const golden = (gracefulRampDown: number, gracefulStop: number) =>
  rampingVUs({ startVUs: 4, stages, gracefulRampDown, gracefulStop });

describe('rampingVUs', () => {
  const raw =
    '0:4 1:5 2:6 3:5 4:4 5:3 6:2 7:1 8:2 9:3 10:4 11:5 12:4 13:3 14:2 15:1 16:2 17:3 18:4 20:1 23:0';

  it('steps as k6 does', () => {
    expect(text(golden(30, 30).steps)).toBe(raw);
  });

  it.each([
    [30, 30, '0:4 1:5 2:6 33:5 42:4 50:1 53:0'],
    [30, 3, '0:4 1:5 2:6 26:0'],
    [0, 0, raw],
  ])('with gracefulRampDown %ds and gracefulStop %ds holds VUs as k6 does', (rampDown, stop, held) => {
    expect(text(golden(rampDown, stop).reserved)).toBe(held);
  });

  it('keeps a VU that is wanted again before it is given back', () => {
    // Slot 5 leaves at 3 and is not wanted again; slot 4 leaves at 4 and comes back at 11, until 12.
    const plan = golden(30, 30);
    expect(plan.intervalsOf(5)).toEqual([{ from: 2, until: 3, hardStop: 33 }]);
    expect(plan.intervalsOf(4)).toEqual([
      { from: 1, until: 4, hardStop: 42 },
      { from: 11, until: 12, hardStop: 42 },
    ]);
    expect(plan.intervalsOf(0)).toEqual([{ from: 0, until: 23, hardStop: 53 }]);
    expect(golden(2, 30).intervalsOf(4)).toEqual([
      { from: 1, until: 4, hardStop: 6 },
      { from: 11, until: 12, hardStop: 14 },
    ]);
    expect(plan.intervalsOf(6)).toEqual([]);
  });

  it('gives gracefulStop only to VUs that loop to the end', () => {
    const down = rampingVUs({
      startVUs: 2,
      stages: [{ duration: 4, target: 1 }],
      gracefulRampDown: 0,
      gracefulStop: 10,
    });
    expect(down.intervalsOf(1)).toEqual([{ from: 0, until: 4, hardStop: 4 }]);
    expect(down.intervalsOf(0)).toEqual([{ from: 0, until: 4, hardStop: 14 }]);
  });

  it('divides whole nanoseconds', () => {
    const plan = rampingVUs({
      startVUs: 0,
      stages: [{ duration: 1, target: 3 }],
      gracefulRampDown: 0,
      gracefulStop: 0,
    });
    expect(text(plan.steps)).toBe('0:0 0.333333334:1 0.666666667:2 1:0');
    expect(plan.maxVUs).toBe(3);
    expect(plan.intervalsOf(2)).toEqual([]);
  });

  it('holds VUs after a jump down, and those of a peak that lasts no time', () => {
    const jump = [
      { duration: 1, target: 2 },
      { duration: 0, target: 9 },
      { duration: 0, target: 3 },
      { duration: 6, target: 6 },
    ];
    const plan = rampingVUs({ startVUs: 1, stages: jump, gracefulRampDown: 30, gracefulStop: 30 });
    expect(text(plan.steps)).toBe('0:1 1:3 3:4 5:5 7:0');
    expect(text(plan.reserved)).toBe('0:1 1:9 31:6 37:0');
    expect(plan.intervalsOf(3)).toEqual([{ from: 3, until: 7, hardStop: 37 }]);
    expect(plan.intervalsOf(8)).toEqual([]);
  });

  const config = fc.record({
    startVUs: fc.integer({ min: 0, max: 30 }),
    stages: fc.array(
      fc.record({ duration: fc.constantFrom(0, 0.3, 1, 2.5, 7), target: fc.integer({ min: 0, max: 30 }) }),
      { minLength: 1, maxLength: 6 },
    ),
    gracefulRampDown: fc.constantFrom(0, 0.5, 3, 30),
    gracefulStop: fc.constantFrom(0, 2, 30),
  });

  /** How many slots loop, or may still be busy, at `time`. */
  function counts(plan: VUsPlan, time: number) {
    const slots = Array.from({ length: plan.maxVUs }, (_, slot) => plan.intervalsOf(slot));
    const during = (end: 'until' | 'hardStop') =>
      slots.filter((intervals) => intervals.some((one) => one.from <= time && time < one[end])).length;
    return { looping: during('until'), held: during('hardStop') };
  }

  const at = (steps: readonly VUStep[], time: number) =>
    steps.findLast((step) => step.time <= time)?.vus ?? 0;

  it('has intervals that add up to its steps and to what it holds', () => {
    fc.assert(
      fc.property(config, fc.double({ min: 0, max: 1, noNaN: true }), (ramp, share) => {
        const plan = rampingVUs(ramp);
        const time = share * (plan.end + 30);
        const { looping, held } = counts(plan, time);
        expect(looping).toBe(at(plan.steps, time));
        // A VU that leaves in the instant in which it comes is held and never loops.
        expect(held).toBeLessThanOrEqual(at(plan.reserved, time));
        const jumps = ramp.stages.some(({ duration }) => duration === 0);
        if (time < plan.end && !jumps) expect(held).toBe(at(plan.reserved, time));
      }),
      { seed: 1 },
    );
  });

  it('never exceeds its largest target and never outlasts gracefulStop', () => {
    fc.assert(
      fc.property(config, (ramp) => {
        const plan = rampingVUs(ramp);
        const most = Math.max(ramp.startVUs, ...ramp.stages.map(({ target }: Stage) => target));
        expect(plan.maxVUs).toBeLessThanOrEqual(most);
        expect(maxPlannedVUs(plan)).toBeLessThanOrEqual(most);
        expect(plan.steps.at(-1)).toEqual({ time: plan.end, vus: 0 });
        for (let slot = 0; slot < plan.maxVUs; slot++) {
          for (const { from, until, hardStop } of plan.intervalsOf(slot)) {
            expect(from).toBeLessThan(until);
            expect(until).toBeLessThanOrEqual(hardStop);
            expect(hardStop).toBeLessThanOrEqual(plan.end + plan.gracefulStop + 1e-9);
          }
        }
      }),
      { seed: 1 },
    );
  });
});

it('constantVUs loops all VUs for the whole duration', () => {
  const plan = constantVUs({ vus: 3, duration: 10, gracefulStop: 5 });
  expect(text(plan.steps)).toBe('0:3 10:0');
  expect(text(plan.reserved)).toBe('0:3 15:0');
  expect([0, 2, 3].map(plan.intervalsOf)).toEqual([
    [{ from: 0, until: 10, hardStop: 15 }],
    [{ from: 0, until: 10, hardStop: 15 }],
    [],
  ]);
  expect(plan.maxVUs).toBe(3);
});
