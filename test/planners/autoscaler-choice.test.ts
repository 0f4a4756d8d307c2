import { beforeAll, describe, expect, it } from 'vitest';
import { responseQuantile } from '../../src/models/queueing/mmc.ts';
import { preset } from '../../src/models/traffic/profile.ts';
import { rateAt } from '../../src/models/traffic/traffic.ts';
import { rateWithin, serviceOf } from '../../src/models/world/replica.ts';
import { assumedTraffic, START } from '../../src/planners/autoscaling/assumed-traffic.ts';
import { type AutoscalingPlan, withChosenAutoscaler } from '../../src/planners/autoscaling/choice.ts';
import { controllerForm } from '../../src/planners/autoscaling/object.ts';
import { type PlanTraffic, planWorld } from '../../src/planners/autoscaling/plan-world.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Plan } from '../../src/planners/types.ts';

const slo = { quantile: 0.99, seconds: 0.5 };
const HOUR = 3600;

/** Four hours with one event. */
const hours = (multiplier: number, rise: number): PlanTraffic => ({
  name: 'four hours',
  start: START,
  days: 1 / 6,
  traffic: {
    base: { profile: preset('flat'), mean: 300 },
    events: [{ name: 'news', at: START + HOUR, multiplier, rise, decay: 1800 }],
    scale: 1,
  },
});

describe('the autoscaler of a plan', () => {
  const analytic = planCapacity([], { rps: 560, latency: 0.1, slos: [slo], worlds: 1 });
  let plan: Plan;
  let chosen: AutoscalingPlan;
  beforeAll(() => {
    plan = withChosenAutoscaler(analytic, hours(2, 1800));
    chosen = plan.autoscaling as AutoscalingPlan;
  });

  it('keeps the budget with fewer pods than the formulas, which leave room for the worst at all times', () => {
    expect(chosen.chosen.violatedSeconds).toBeLessThanOrEqual(chosen.budgetSeconds);
    expect(chosen.budgetSeconds).toBeCloseTo(0.001 * 4 * HOUR, 6);
    expect(chosen.chosen.podHours).toBeLessThan(chosen.analytic.podHours);
    expect(chosen.tried).toBeGreaterThan(20);
  });

  it('is better on both axes than that of the platform document, or costs more for a kept SLO', () => {
    const { document } = chosen;
    const kept = document.violatedSeconds > chosen.budgetSeconds;
    expect(kept || document.podHours >= chosen.chosen.podHours).toBe(true);
  });

  it('keeps the maximum that the database is sized for, and a minimum that survives a loss', () => {
    expect(plan.hpa?.spec.maxReplicas).toBe(analytic.hpa?.spec.maxReplicas);
    expect(plan.hpa?.spec.minReplicas).toBeGreaterThanOrEqual(2);
    expect(plan.hpa?.metadata).toEqual(analytic.hpa?.metadata);
  });

  it('is the same every time', () => {
    expect(withChosenAutoscaler(analytic, hours(2, 1800))).toEqual(plan);
  });

  it('is a manifest that the controller reads as it was simulated', () => {
    if (plan.hpa === null) throw new Error('the plan has no autoscaler');
    expect(controllerForm(plan.hpa).maxReplicas).toBe(plan.hpa.spec.maxReplicas);
  });
});

it('breaks the SLO in the simulation at the rate at which the plan says it breaks', () => {
  const plan = planCapacity([], { rps: 560, latency: 0.1, slos: [slo], worlds: 1 });
  const world = planWorld(plan, hours(2, 1800));
  if (world === null || plan.cpu === null) throw new Error('the plan has no service');
  const { replica } = world;
  const rate = rateWithin(replica, world.slo);
  expect(rate * replica.cpuPerRequest + replica.cpuIdle).toBeCloseTo(
    plan.cpu.saturation * plan.cpu.request,
    6,
  );
  const response = responseQuantile(rate, serviceOf(replica), replica.workers, world.slo.quantile);
  expect(response).toBeCloseTo(world.slo.within, 6);
});

it('says so when no autoscaler keeps the SLO, and what pods that are there before the event would do', () => {
  const analytic = planCapacity([], { rps: 560, latency: 0.1, slos: [slo], worlds: 1 });
  const plan = withChosenAutoscaler(analytic, hours(6, 15));
  const finding = plan.findings.find(({ code }) => code === 'AUTOSCALER_BREAKS_SLO');
  expect(finding?.args).toMatchObject({ violated: plan.autoscaling?.chosen.violatedSeconds });
  expect(plan.autoscaling?.floor?.trial.violatedSeconds).toBeLessThanOrEqual(
    plan.autoscaling?.chosen.violatedSeconds ?? 0,
  );
});

it('leaves a plan without a service as it is', () => {
  const plan = planCapacity([], { tradesPerDay: 1e6, tradeBytes: 2048, worlds: 1 });
  expect(withChosenAutoscaler(plan, null)).toEqual(plan);
});

it('assumes a week of a preset, with the planned peak and each event at a busy minute of its own day', () => {
  const event = { multiplier: 3, rise: 15, decay: 600 };
  const events = [
    { name: 'small', ...event, multiplier: 2 },
    { name: 'large', ...event },
  ];
  const plan = planCapacity([], { rps: 50, latency: 0.1, events, worlds: 1 });
  const traffic = assumedTraffic(plan) as PlanTraffic;
  expect(traffic).toMatchObject({ name: 'fx-centre-share', start: START, days: 7 });
  expect(traffic.traffic.events.map(({ name }) => name)).toEqual(['large', 'small']);
  const [large, small] = traffic.traffic.events;
  expect(Math.floor(((small?.at ?? 0) - START) / 86_400)).toBe(1);
  const at = large?.at ?? 0;
  expect(rateAt(traffic.traffic, at)).toBeCloseTo(50, 6);
  expect(rateAt(traffic.traffic, at + 15)).toBeCloseTo(150, 6);
});
