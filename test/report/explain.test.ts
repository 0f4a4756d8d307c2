import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../src/planners/plan.ts';
import { explain, explainable } from '../../src/report/explain.ts';
import { measuredPlan, storagePlan } from './plans.ts';

describe('the arithmetic of a plan', () => {
  it('leads from the declared figures of the platform document to its thirty replicas', () => {
    const plan = planCapacity([], { rps: 1000, latency: 0.1, growth: 0, worlds: 200 });
    expect(explain(plan, 'replicas', 100)).toMatchInlineSnapshot(`
      "peak now                  1,000/s (as stated)
      CPU of a request          100% request × 10ms = 10ms (declared)
      CPU at the peak           1,000/s × 10ms = 10 cores, 10 with 95% confidence
      most that latency allows  80% of the requested CPU, where it is five times that of an idle replica
      planned utilisation       at most that, with the buffer of half as much again that declared figures
                                have = 66.7%
      replicas by CPU           CPU at the peak / (0.5 × 66.7%), in each of 200 worlds, rounded up = 30
      replicas by memory        8
      needed                    the largest of these = 30 (30 to 30 in nine of ten worlds)
      "
    `);
  });

  it('of measured figures says what was measured, and how far it may be off', () => {
    const text = explain(measuredPlan, 'replicas', 100);
    expect(text).toContain('(measured)');
    expect(text).toMatch(/peak at the end +1,000\/s × \(1 \+ 20%\) \^ \(12 \/ 12\) = 1,200\/s/);
    expect(text).toMatch(/needed +the largest of these = 16 \(13 to 16 in nine of ten worlds\)/);
  });

  it('fits the width, and says so where there is nothing to explain', () => {
    for (const subject of explainable) {
      for (const line of explain(measuredPlan, subject, 72).split('\n')) expect(line.length).toBeLessThan(80);
    }
    expect(explain(storagePlan, 'replicas', 80)).toBe('Nothing in this plan tells of replicas.\n');
  });
});
