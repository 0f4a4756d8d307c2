import { describe, expect, it } from 'vitest';
import { planCpuLimit } from '../../src/planners/service/cpu-limit.ts';

const question = {
  ...{ request: 0.25, threads: 1, rate: 20, quantile: 0.99, target: 0.25, seed: 1 },
  service: () => ({ mean: 0.005, variability: 1 }),
};

describe('a CPU limit', () => {
  it('that one thread cannot exceed costs nothing', () => {
    expect(planCpuLimit({ ...question, request: 0.6 })).toEqual({ limit: 1, throttling: null, findings: [] });
  });

  it('is kept where it adds little to what latency may be', () => {
    const { limit, throttling, findings } = planCpuLimit(question);
    expect(limit).toBe(0.5);
    expect(throttling?.limited).toBeGreaterThanOrEqual(throttling?.unlimited ?? 1);
    expect((throttling?.limited ?? 1) - (throttling?.unlimited ?? 0)).toBeLessThan(0.025);
    expect(findings).toEqual([]);
  });

  it('is a whole core for one thread, and none for several, where it costs more than it is worth', () => {
    const busy = { ...question, rate: 70, target: 0.05 };
    const { limit, throttling, findings } = planCpuLimit(busy);
    expect(limit).toBe(1);
    expect(throttling?.stoppedShare).toBeGreaterThan(0.1);
    expect(findings).toEqual([
      { code: 'CPU_LIMIT_COSTS', severity: 'warning', args: { ...throttling, instead: 1 } },
    ]);
    const several = planCpuLimit({ ...busy, threads: 4 });
    expect(several.limit).toBeNull();
    expect(several.findings[0]).toMatchObject({ args: { limit: 0.5, instead: null } });
  });

  it('tells of no throttling where nothing was measured, or it allows less than the load', () => {
    expect(planCpuLimit({ ...question, service: () => undefined }).throttling).toBeNull();
    expect(planCpuLimit({ ...question, rate: 200 }).throttling).toBeNull();
  });
});
