import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  autoscaler,
  cpuTarget,
  growthWithin,
  reactionTime,
  riseFindings,
  steepest,
} from '../../src/planners/autoscaling/autoscaling.ts';
import type { HorizontalPodAutoscaler, ScalingRules } from '../../src/planners/autoscaling/object.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import type { LoadEvent } from '../../src/planners/types.ts';
import { cpuTargetOf } from './cpu-target.ts';
import { syntheticRun } from './synthetic.ts';

const nfp: LoadEvent = { name: 'nfp', multiplier: 3, rise: 260, decay: 1800 };

/** What the API server rejects: its validation of autoscaling/v2, rule by rule. Empty when the object is valid. */
function rejections({ spec }: HorizontalPodAutoscaler): string[] {
  const whole = (value: number, least: number, most = 2 ** 31 - 1) =>
    Number.isInteger(value) && value >= least && value <= most;
  const rules = ({ stabilizationWindowSeconds, selectPolicy, policies }: ScalingRules) => [
    ...(whole(stabilizationWindowSeconds, 0, 3600) ? [] : ['window']),
    ...(['Max', 'Min', 'Disabled'].includes(selectPolicy) ? [] : ['selectPolicy']),
    ...(policies.length > 0 ? [] : ['no policy']),
    ...policies.flatMap(({ type, value, periodSeconds }) => [
      ...(['Pods', 'Percent'].includes(type) ? [] : ['policy type']),
      ...(whole(value, 1) ? [] : ['policy value']),
      ...(whole(periodSeconds, 1, 1800) ? [] : ['policy period']),
    ]),
  ];
  return [
    ...(whole(spec.minReplicas, 1) ? [] : ['minReplicas']),
    ...(whole(spec.maxReplicas, Math.max(1, spec.minReplicas)) ? [] : ['maxReplicas']),
    ...(spec.metrics.length > 0 ? [] : ['no metric']),
    ...spec.metrics.flatMap((metric) =>
      metric.type === 'Resource' &&
      metric.resource.target.type === 'Utilization' &&
      whole(metric.resource.target.averageUtilization, 1)
        ? []
        : ['metric'],
    ),
    ...rules(spec.behavior.scaleUp),
    ...rules(spec.behavior.scaleDown),
  ];
}

describe('the autoscaler', () => {
  const event = fc.record({
    name: fc.string({ minLength: 1, maxLength: 8 }),
    multiplier: fc.double({ min: 1, max: 40, noNaN: true }),
    rise: fc.double({ min: 0, max: 1e5, noNaN: true }),
    decay: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });

  it('is an object that the API server takes, whatever the load does', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e5, noNaN: true }),
        fc.double({ min: 0, max: 600, noNaN: true }),
        fc.array(event, { maxLength: 4 }),
        fc.constantFrom('replica' as const, 'zone' as const),
        (rps, startup, events, availability) => {
          const { hpa } = planCapacity([], { rps, startup, events, availability, worlds: 20 });
          expect(hpa && rejections(hpa)).toEqual([]);
          expect(hpa).toMatchObject({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' });
          expect(hpa?.spec.scaleTargetRef.name).toBe(hpa?.metadata.name);
        },
      ),
      { seed: 30, numRuns: 300 },
    );
  });

  it('scales up at once, by as many pods a sync as the steepest rise asks for', () => {
    const at = (events: LoadEvent[]) =>
      autoscaler({ name: 'x', minimum: 2, maximum: 900, target: 50, atPeak: 200, events }).spec.behavior
        .scaleUp;
    // Doubling in five minutes adds a twentieth of 200 pods in 15 s.
    expect(at([])).toEqual({
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 10, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    });
    // Threefold at once: 400 pods, 200 %.
    expect(at([{ ...nfp, rise: 0 }]).policies.map(({ value }) => value)).toEqual([400, 200]);
  });

  it('scales down by a tenth a minute, faster only when every event is over sooner', () => {
    const at = (...events: LoadEvent[]) =>
      autoscaler({ name: 'x', minimum: 2, maximum: 9, target: 50, atPeak: 4, events }).spec.behavior
        .scaleDown;
    expect(at(nfp)).toEqual({
      stabilizationWindowSeconds: 300,
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
    });
    // Two thirds of the load gone in two minutes: a third of the pods each.
    expect(at({ ...nfp, decay: 120 }).policies[0]?.value).toBe(34);
    expect(at({ ...nfp, decay: 120 }, nfp).policies[0]?.value).toBe(10);
    expect(at({ ...nfp, decay: 0 }).policies[0]?.value).toBe(50);
  });
});

describe('the CPU target', () => {
  it('covers with headroom what a new pod takes to help', () => {
    // 30 s metric, 15 s sync, 20 s start.
    expect(reactionTime(20)).toBe(65);
    // In 65 of 260 s the load goes a quarter of the way from 1 to 3.
    expect(growthWithin(nfp, 65)).toBe(1.5);
    expect(growthWithin(nfp, 1000)).toBe(3);
    expect(growthWithin({ ...nfp, rise: 0 }, 65)).toBe(3);
    // 0.8 / (1.5 x 1.1) = 48.48 %.
    expect(cpuTarget(0.8, 1.5)).toBe(48);
    expect(cpuTarget(0.66, 1.2)).toBe(50);
  });

  it('is chosen by the event that leaves least time', () => {
    const slow = { ...nfp, name: 'slow', multiplier: 9, rise: 86_400 };
    expect(steepest([slow, nfp], 65).event.name).toBe('nfp');
    expect(steepest([], 65).growth).toBeCloseTo(1 + 65 / 300, 12);
  });

  it('falls with a slower start and a steeper event', () => {
    const at = (request: object) => cpuTargetOf(planCapacity([], { rps: 1000, worlds: 20, ...request }));
    expect(at({ startup: 20 })).toBe(59);
    expect(at({ startup: 120 })).toBe(46);
    expect(at({ startup: 20, events: [nfp] })).toBe(48);
  });

  it('is refused when nothing would be left of it', () => {
    const events = [{ name: 'flood', multiplier: 100, rise: 0, decay: 60 }];
    expect(() => planCapacity([], { rps: 10, events })).toThrow(expect.objectContaining({ code: 'REFUSED' }));
  });
});

describe('what is said about the rise', () => {
  it('names an assumed rise, and an event that new pods cannot meet in time', () => {
    expect(riseFindings([], 65, 59)).toEqual([
      { code: 'ASSUMED_RISE', severity: 'warning', args: { multiplier: 2, rise: 300 } },
    ]);
    expect(riseFindings([nfp], 65, 48)).toEqual([]);
    expect(riseFindings([{ ...nfp, rise: 60 }], 65, 24)).toEqual([
      {
        code: 'RISE_FASTER_THAN_PODS',
        severity: 'warning',
        args: { event: 'nfp', factor: 3, delay: 65, target: 0.24 },
      },
    ]);
  });

  it('leaves room for the strongest event at its top', () => {
    const calm = planCapacity([], { rps: 1000 });
    const event = planCapacity([], { rps: 1000, events: [nfp] });
    expect(event.load).toMatchObject({ peak: 1000, withEvents: 3000 });
    // 30 cores at 80 % of half a core each, and one to spare.
    expect(event.hpa?.spec.maxReplicas).toBe(76);
    expect(calm.hpa?.spec.maxReplicas).toBe(34);
    expect(event.replicas?.recommended).toBe(30);
  });

  it('leaves the database, which is not scaled up in minutes, with room for the event', () => {
    const run = syntheticRun();
    const calm = planCapacity([run], { peak: 900 });
    const event = planCapacity([run], { peak: 300, events: [nfp] });
    expect(event.load).toMatchObject({ peak: 300, withEvents: 900 });
    expect(event.iops?.peak).toBe(calm.iops?.peak);
    expect(event.database).toEqual(calm.database);
    expect(event.connections?.required).toBe(calm.connections?.required);
    expect(event.atPeak.walBytes).toEqual(calm.atPeak.walBytes);
    expect(event.cpu?.atPeak).toBeLessThan((calm.cpu?.atPeak ?? 0) / 2);
  });

  it('assumes a start of 20 s only when none is stated', () => {
    const codes = (request: object) =>
      planCapacity([], { rps: 10, ...request }).findings.map(({ code }) => code);
    expect(codes({})).toContain('ASSUMED_STARTUP');
    expect(codes({ startup: 5 })).not.toContain('ASSUMED_STARTUP');
  });
});
