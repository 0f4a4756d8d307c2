import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapacityRequest } from '../../src/planners/plan.ts';
import type { MemoryDemand } from '../../src/planners/service/memory.ts';
import { socketFacts } from '../../src/planners/streams/socket-facts.ts';
import { close } from '../models/close.ts';
import { planTiers } from './stream-run.ts';
import { syntheticRun } from './synthetic.ts';

const MiB = 2 ** 20;
const memory: MemoryDemand = {
  base: 100 * MiB,
  perConnection: 20_000,
  perRequest: null,
  leak: null,
  connections: 1000,
  p95: 120 * MiB,
  peak: 130 * MiB,
  middle: 110 * MiB,
  intervals: { base: null, perConnection: null, perRequest: null, leak: null },
};
const replica = { cpu: 1, limit: 512 * MiB, memory };

const planned = (request: CapacityRequest) => planTiers([], request).plans.websockets;

describe('declared connections', () => {
  it('are spread over replicas of which one may be lost', () => {
    const plan = planned({ wsConnections: 50_000, wsPerReplica: 8000 });
    expect(plan).toMatchObject({ perReplica: 8000, by: 'declared', replicas: 8 });
    expect(plan?.reconnect).toMatchObject({ lost: 1, connections: 6250 });
    // 6,250 over seven replicas at 2 ms each, with 0.3 of a core for it.
    close(plan?.reconnect.spread, ((6250 / 7) * 0.002) / 0.3, 1e-12);
  });

  it('all come back to two of three zones', () => {
    const zones = { availability: 'zone', zones: 3 } as const;
    const plan = planned({ wsConnections: 50_000, wsPerReplica: 8000, ...zones });
    expect(plan?.replicas).toBe(11);
    expect(plan?.reconnect.lost).toBe(4);
  });

  it('fit what is left after the loss, and never need fewer replicas for more of them', () => {
    const request = fc.record({
      wsConnections: fc.integer({ min: 1, max: 1e6 }),
      wsPerReplica: fc.integer({ min: 10, max: 50_000 }),
      availability: fc.constantFrom('replica' as const, 'zone' as const),
    });
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 5 }), (figures, factor) => {
        const plan = planned({ ...figures, worlds: 1 });
        const left = (plan?.replicas ?? 0) - (plan?.reconnect.lost ?? 0);
        expect(figures.wsConnections / left).toBeLessThanOrEqual(figures.wsPerReplica);
        const more = planned({ ...figures, wsConnections: figures.wsConnections * factor, worlds: 1 });
        expect(more?.replicas).toBeGreaterThanOrEqual(plan?.replicas ?? 0);
      }),
      { seed: 75, numRuns: 100 },
    );
  });
});

describe('measured connections', () => {
  /** Connections rise and fall apart from the requests, each with two messages a second at 50 µs. */
  const run = syntheticRun({
    change({ samples }) {
      let sent = 0;
      for (const sample of samples.filter(({ source }) => source === 'platform/0')) {
        const open = 200 + Math.round(150 * Math.sin(sample.t / 4));
        sent += 2 * open;
        Object.assign(sample.values, {
          websocket_active_connections: open,
          websocket_messages_sent_total: sent,
          process_open_fds: open + 40,
          process_max_fds: 1040,
          process_cpu_seconds_total: (sample.values.process_cpu_seconds_total ?? 0) + sent * 50e-6,
        });
      }
    },
  });

  it('tell what a message costs apart from the requests, and the files beside them', () => {
    const facts = socketFacts({ runs: [run], mix: {}, seed: 1 });
    expect(facts).toMatchObject({ mostFiles: 1040, otherFiles: 40 });
    close(facts?.messagesEach, 2, 0.05);
    close(facts?.cpuPerMessage, 50e-6, 0.2);
  });

  it('are limited by memory, CPU or files, whichever is least', () => {
    const { websockets } = planTiers([run], { peak: 1000, wsConnections: 3000 }, replica).plans;
    close(websockets?.limits.memory, (512 * MiB) / 1.15 / 20_000 - (100 * MiB) / 20_000, 1e-12);
    close(websockets?.limits.cpu, 0.7 / (2 * 50e-6), 0.25);
    expect(websockets).toMatchObject({ by: 'files', perReplica: 1000, replicas: 4, basis: 'mixed' });
  });

  it('rise with the load where nobody states them, and nothing is planned where no limit is known', () => {
    const more = planTiers([run], { peak: 1000 }, replica);
    expect(more.findings.map(({ code }) => code)).toContain('CONNECTIONS_FROM_LOAD');
    expect(more.plans.websockets?.connections.p50).toBeGreaterThan(1000);
    const quiet = syntheticRun({
      change({ samples }) {
        for (const { source, values } of samples)
          if (source === 'platform/0') values.websocket_active_connections = 7;
      },
    });
    const unknown = planTiers([quiet], { peak: 1000 });
    expect(unknown.plans.websockets).toBeNull();
    expect(unknown.findings.map(({ code }) => code)).toContain('CONNECTION_SIZE_UNKNOWN');
  });
});
