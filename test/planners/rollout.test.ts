import { describe, expect, it } from 'vitest';
import type { ConnectionPlan } from '../../src/planners/database/plan.ts';
import { planCapacity } from '../../src/planners/plan.ts';
import { planRollout } from '../../src/planners/service/rollout.ts';

const { replicas, cpu, memory, hpa } = planCapacity([], { rps: 1000, latency: 0.1, worlds: 200 });
const connections = (maxConnections: number | null, poolPerReplica: number): ConnectionPlan => ({
  ...{ current: null, required: 1, recommended: 1, poolPerReplica, holdTime: 0, acquireWait: 0 },
  ...{ spread: { p5: 1, p50: 1, p95: 1 }, pools: null, pooler: null },
  waitTarget: { quantile: 0.99, seconds: 0.01 },
  ...{ maxConnections, basis: 'measured' },
});

describe('a rolling update', () => {
  if (replicas === null || cpu === null || memory === null || hpa === null) throw new Error('no service');
  const service = { replicas, cpu, memory, hpa };
  const most = hpa.spec.maxReplicas;

  it('starts a quarter before it stops as many, so that nothing of the peak is missing', () => {
    const { plan, findings } = planRollout(service, null, 20);
    expect(plan).toMatchObject({ maxUnavailable: 0, maxSurge: 8, replicas: 38, cpu: 19, seconds: 4 * 20 });
    expect(plan.memory).toBe(38 * memory.request);
    expect(findings).toEqual([]);
  });

  it('takes no more at once than the database has connections for', () => {
    const room = (more: number) => planRollout(service, connections((most + more) * 4 + 10, 4), 20);
    expect(room(8).findings).toEqual([]);
    expect(room(3).plan).toMatchObject({ maxSurge: 3, replicas: 33, seconds: 10 * 20 });
    expect(room(3).findings).toEqual([
      {
        code: 'SURGE_EXCEEDS_MAX_CONNECTIONS',
        severity: 'warning',
        args: { usual: 8, surge: 3, room: 3, max: (most + 3) * 4 + 10 },
      },
    ]);
    expect(room(0).plan.maxSurge).toBe(1);
    // Where the pools do not even fit without it, that is another finding.
    expect(room(-1).findings).toEqual([]);
  });
});
