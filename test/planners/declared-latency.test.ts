import { describe, expect, it } from 'vitest';
import { serversForDelay } from '../../src/models/queueing/erlang.ts';
import { marginForDelay, squareRootServers } from '../../src/models/queueing/halfin-whitt.ts';
import { type CapacityRequest, planCapacity } from '../../src/planners/plan.ts';

const planned = (request: CapacityRequest, seconds: number, quantile = 0.99) =>
  planCapacity([], { ...request, slos: [{ quantile, seconds }] });

describe('a declared latency with an SLO', () => {
  it.each([
    [1000, 0.02, 0.1, 23],
    [100, 0.01, 0.05, 3],
  ])('asks for the smallest count of servers: %d/s of %d s within %d s', (rps, latency, seconds, servers) => {
    const { replicas } = planned({ rps, latency }, seconds);
    expect(replicas?.servers?.needed).toBe(servers);
  });

  it('is refused where the service alone takes longer, naming the floor', () => {
    // 20 ms x ln 100.
    expect(() => planned({ rps: 1000, latency: 0.02 }, 0.08)).toThrow(
      expect.objectContaining({
        code: 'REFUSED',
        message:
          '--slo p99=80ms: a request as declared takes 92.1ms at the lowest load, so no count of replicas helps; ' +
          'cut its service time, or allow well over 92.1ms',
      }),
    );
  });

  it('takes a replica to serve as many at once as its CPU allows, or as many as are stated', () => {
    // 10 ms of CPU in 20 ms: half a core serves one at once, two cores serve four.
    const at = (request: CapacityRequest) => planned({ rps: 1000, latency: 0.02, ...request }, 0.1).replicas;
    expect(at({})).toMatchObject({ servers: { perReplica: 1 }, byLatency: 23, byCpu: 30, by: 'cpu' });
    expect(at({ replicaCpu: 2 })).toMatchObject({ servers: { perReplica: 4 }, byLatency: 6 });
    expect(at({ replicaCpu: 4, concurrency: 1 })).toMatchObject({
      byLatency: 23,
      by: 'latency',
      recommended: 23,
    });
  });

  it('tells what it takes when every replica has a queue of its own', () => {
    const { replicas, findings } = planned({ rps: 1000, latency: 0.02 }, 0.1);
    // M/M/1: 20 ms x ln 100 / (1 - u) = 100 ms at u = 0.0790.
    const atRandom = Math.ceil(20 / (1 - (0.02 * Math.log(100)) / 0.1));
    expect(replicas?.servers?.replicasAtRandom).toBe(atRandom);
    expect(findings).toContainEqual({
      code: 'ONE_QUEUE_ASSUMED',
      severity: 'warning',
      args: { servers: 23, replicas: 23, random: atRandom },
    });
  });

  it('is planned for where it is known only within a range', () => {
    const { replicas } = planned({ rps: { low: 800, mid: 1000, high: 1500 }, latency: 0.02 }, 0.1);
    expect(replicas?.servers?.needed).toBeGreaterThan(23);
    expect(replicas?.servers?.needed).toBeLessThan(
      planned({ rps: 1500, latency: 0.02 }, 0.1).replicas?.servers?.needed ?? 0,
    );
  });
});

describe('square-root staffing', () => {
  /** Margins of Netflix's tiers 0 to 3 for a load of `rate * seconds` erlangs. */
  const margins = [2.375, 1.761, 1.16, 1];

  it.each([
    [200_000, 0.0004, 1, 96],
    [120_000, 0.00065, 1, 94],
    [20_000, 0.001, 0, 31],
    [20_000, 0.001, 1, 28],
    [20_000, 0.001, 2, 26],
    [20_000, 0.001, 3, 25],
    [450, 0.02, 1, 15],
    [1800, 0.02, 1, 47],
    [200, 0.01, 1, 5],
    [300, 0.01, 3, 5],
  ])('of %d/s of %d s in tier %d is %d cores', (rate, seconds, tier, cores) => {
    const load = rate * seconds;
    const margin = margins[tier] ?? 0;
    expect(Math.ceil(load + margin * Math.sqrt(load))).toBe(cores);
  });

  it('can be one server short of what Erlang C asks for, which is why that decides', () => {
    expect(marginForDelay(0.05)).toBeCloseTo(1.73984, 5);
    expect([squareRootServers(50, 0.05), serversForDelay(50, 0.05)]).toEqual([63, 64]);
  });
});

describe('the loss of a region', () => {
  const region = (request: CapacityRequest) =>
    planCapacity([], { rps: 1000, latency: 0.1, availability: 'region', ...request });

  it('takes two regions to 40 % of their CPU, as at Netflix', () => {
    // 10 cores of load, 5 in each region: 5 / 0.4 = 12.5 cores.
    const { replicas, hpa } = region({});
    expect(replicas?.regions).toMatchObject({
      count: 2,
      perRegion: 25,
      normalUtilisation: 0.4,
      failoverUtilisation: 0.8,
    });
    expect(replicas?.recommended).toBe(50);
    expect(hpa?.spec.metrics[0]).toMatchObject({ resource: { target: { averageUtilization: 36 } } });
  });

  it('costs less spread over more regions, and more at a lower threshold', () => {
    expect(region({ regions: 5 }).replicas?.recommended).toBeLessThan(50);
    expect(region({ failoverThreshold: 0.5 }).replicas?.recommended).toBe(80);
  });

  it('is not what other flags are about', () => {
    const wrong = (request: CapacityRequest) => () => planCapacity([], { rps: 1, ...request });
    expect(wrong({ regions: 3 })).toThrow('--regions: has an effect only with --availability region');
    expect(wrong({ failoverThreshold: 0.5, availability: 'zone' })).toThrow(
      '--failover-threshold: has an effect',
    );
    expect(wrong({ concurrency: 2 })).toThrow('--concurrency: has an effect only with');
    expect(wrong({ restartEvery: 60 })).toThrow('--restart-every: has an effect only');
  });
});
