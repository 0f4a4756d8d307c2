import { expect, it } from 'vitest';
import { resolveOptions } from '../../src/load/options.ts';
import { requirements } from '../../src/load/schedule/plan.ts';
import { planOf } from '../../src/load/schedule/plan-of.ts';
import { renderPlan } from '../../src/report/k6-plan.ts';

const later = { startTime: '100h' };
const rate = { ...later, executor: 'constant-arrival-rate' };
const stage = (duration: string, target: number) => ({ duration, target });
/** The scenarios that the text below was printed for by k6 v2.0.0. */
const scenarios = {
  a1: { ...later, executor: 'shared-iterations' },
  a2: {
    ...later,
    executor: 'shared-iterations',
    vus: 3,
    iterations: 10,
    maxDuration: '90s',
    gracefulStop: '0s',
  },
  b1: { ...later, executor: 'per-vu-iterations', vus: 2, iterations: 3, exec: 'other', tags: { a: 'b' } },
  b2: { executor: 'per-vu-iterations', startTime: '1500ms' },
  c1: { ...later, executor: 'constant-vus', vus: 7, duration: '1m30s' },
  c2: { ...later, executor: 'constant-vus', duration: '1s', gracefulStop: '5s' },
  d1: { ...later, executor: 'ramping-vus', startVUs: 3, stages: [stage('10s', 7), stage('5s', 0)] },
  d2: {
    ...later,
    executor: 'ramping-vus',
    stages: [stage('10s', 1)],
    gracefulRampDown: '3s',
    gracefulStop: '1s',
  },
  d3: { ...later, executor: 'ramping-vus', startVUs: 0, gracefulRampDown: '0s', stages: [stage('1d', 5)] },
  e1: { ...rate, rate: 10, duration: '5s', preAllocatedVUs: 2, maxVUs: 9 },
  e2: { ...rate, rate: 100, timeUnit: '1m', duration: '2h5s', preAllocatedVUs: 3 },
  e3: { ...rate, rate: 1, timeUnit: '3s', duration: '5500ms', preAllocatedVUs: 1, gracefulStop: '250ms' },
  f1: {
    ...later,
    executor: 'ramping-arrival-rate',
    startRate: 10,
    timeUnit: '1m',
    preAllocatedVUs: 2,
    maxVUs: 4,
    stages: [stage('10s', 300), stage('1s', 5)],
  },
  f2: { ...later, executor: 'ramping-arrival-rate', preAllocatedVUs: 2, stages: [stage('10s', 3)] },
};

it('tells what will be run in the words of k6', () => {
  const { options } = resolveOptions({ script: { scenarios } });
  const needs = requirements(
    options.scenarios.map((one) => ({ startTime: one.startTime, plan: planOf(one) })),
  );
  const text = renderPlan({
    script: 'plan.js',
    outputs: [
      { format: 'json', path: 'z.json' },
      { format: 'csv', path: 'z.csv' },
    ],
    scenarios: options.scenarios,
    maxVUs: needs.possible,
    seconds: needs.seconds,
    share: 1,
  });
  expect(text).toBe(`
     execution: local
        script: plan.js
        output: json (z.json), csv (z.csv)

     scenarios: (100.00%) 14 scenarios, 39 max VUs, 124h0m30s max duration (incl. graceful stop):
              * b2: 1 iterations for each of 1 VUs (maxDuration: 10m0s, startTime: 1.5s, gracefulStop: 30s)
              * a1: 1 iterations shared among 1 VUs (maxDuration: 10m0s, startTime: 100h0m0s, gracefulStop: 30s)
              * a2: 10 iterations shared among 3 VUs (maxDuration: 1m30s, startTime: 100h0m0s)
              * b1: 3 iterations for each of 2 VUs (maxDuration: 10m0s, exec: other, startTime: 100h0m0s, gracefulStop: 30s)
              * c1: 7 looping VUs for 1m30s (startTime: 100h0m0s, gracefulStop: 30s)
              * c2: 1 looping VUs for 1s (startTime: 100h0m0s, gracefulStop: 5s)
              * d1: Up to 7 looping VUs for 15s over 2 stages (gracefulRampDown: 30s, startTime: 100h0m0s, gracefulStop: 30s)
              * d2: Up to 1 looping VUs for 10s over 1 stages (gracefulRampDown: 3s, startTime: 100h0m0s, gracefulStop: 1s)
              * d3: Up to 5 looping VUs for 24h0m0s over 1 stages (gracefulRampDown: 0s, startTime: 100h0m0s, gracefulStop: 30s)
              * e1: 10.00 iterations/s for 5s (maxVUs: 2-9, startTime: 100h0m0s, gracefulStop: 30s)
              * e2: 1.67 iterations/s for 2h0m5s (maxVUs: 3, startTime: 100h0m0s, gracefulStop: 30s)
              * e3: 0.33 iterations/s for 5.5s (maxVUs: 1, startTime: 100h0m0s, gracefulStop: 250ms)
              * f1: Up to 5.00 iterations/s for 11s over 2 stages (maxVUs: 2-4, startTime: 100h0m0s, gracefulStop: 30s)
              * f2: Up to 3.00 iterations/s for 10s over 1 stages (maxVUs: 2, startTime: 100h0m0s, gracefulStop: 30s)

`);
});

it('names stdout and the part of a test', () => {
  const { options } = resolveOptions({});
  const plan = { script: 'one.js', scenarios: options.scenarios, maxVUs: 1, seconds: 630, share: 1 / 3 };
  const text = renderPlan({ ...plan, outputs: [{ format: 'json', path: '-' }] });
  expect(text).toContain('        output: json(stdout)\n');
  expect(text).toContain('     scenarios: (33.33%) 1 scenario, 1 max VUs, 10m30s max duration');
  expect(renderPlan({ ...plan, outputs: [] })).toContain('        output: -\n');
});
