import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { durationOf } from '../../src/load/options/fields.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { maxPlannedVUs, requirements, type SchedulePlan } from '../../src/load/schedule/plan.ts';
import { planOf } from '../../src/load/schedule/plan-of.ts';

type Recorded = { scenarios: object; totalDuration: string; maxVUs: number };
const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/k6/requirements.json', import.meta.url), 'utf8'),
) as Recorded[];

function plansOf(script: object): { startTime: number; plan: SchedulePlan }[] {
  const { scenarios } = resolveOptions({ script }).options;
  return scenarios.map((scenario) => ({ startTime: scenario.startTime, plan: planOf(scenario) }));
}

describe('requirements', () => {
  it.each(recorded)('are those that k6 states for $scenarios', ({ scenarios, totalDuration, maxVUs }) => {
    const { possible, seconds } = requirements(plansOf({ scenarios }));
    expect(possible).toBe(maxVUs);
    expect(seconds).toBe(durationOf({ value: totalDuration, layer: 'script' }));
  });

  it('count VUs that arrival rates may add only as possible', () => {
    const scenarios = {
      a: {
        executor: 'constant-arrival-rate',
        rate: 1,
        duration: '5s',
        gracefulStop: '1s',
        preAllocatedVUs: 2,
        maxVUs: 9,
      },
      b: { executor: 'constant-vus', vus: 3, duration: '1s', gracefulStop: '0s', startTime: '2s' },
      c: { executor: 'constant-vus', vus: 3, duration: '1s', startTime: '6s' },
    };
    expect(requirements(plansOf({ scenarios }))).toEqual({ planned: 5, possible: 12, seconds: 37 });
  });

  it('are nothing for no plan', () => {
    expect(requirements([])).toEqual({ planned: 0, possible: 0, seconds: 0 });
  });
});

describe('the plan of iterations', () => {
  it.each([
    ['shared-iterations', true],
    ['per-vu-iterations', false],
  ])('of %s', (executor, shared) => {
    const scenarios = { a: { executor, vus: 4, iterations: 10, maxDuration: '20s', gracefulStop: '5s' } };
    const [timed] = plansOf({ scenarios });
    expect(timed?.plan).toEqual({
      kind: 'iterations',
      shared,
      vus: 4,
      iterations: 10,
      end: 20,
      gracefulStop: 5,
      reserved: [
        { time: 0, vus: 4 },
        { time: 25, vus: 0 },
      ],
    });
    expect(timed && maxPlannedVUs(timed.plan)).toBe(4);
  });
});
