import { describe, expect, it } from 'vitest';
import { sortedQuantile } from '../../../src/models/quantile.ts';
import { mg1ResponseQuantile, mg1Wait } from '../../../src/models/queueing/mg1.ts';
import { responseQuantile } from '../../../src/models/queueing/mmc.ts';
import { throttledMoments } from '../../../src/models/throttling/analysis.ts';
import { curveAt, throttledCurve } from '../../../src/models/throttling/curve.ts';
import { drawRequests, oneThreadResponses } from '../../../src/models/throttling/one-thread.ts';
import { meanUnloadedResponse, quotaOf } from '../../../src/models/throttling/quota.ts';
import { simulateThrottled } from '../../../src/models/throttling/simulation.ts';
import { close } from '../close.ts';

const mean = (values: Float64Array) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** One thread under a limit of `cores`, of which the share `utilisation` is used. */
function replica(cores: number, utilisation: number, service: number, variability: number, threads = 1) {
  return {
    ...quotaOf(cores),
    threads,
    lambda: (utilisation * Math.min(cores, threads)) / service,
    service: { mean: service, variability },
  };
}

describe('a simulated replica', () => {
  it('takes for a lone request what follows from the quota', () => {
    const { responses } = simulateThrottled(replica(0.5, 0.002, 0.07, 0), { seed: 1, requests: 4000 });
    close(mean(responses), meanUnloadedResponse(quotaOf(0.5), 0.07), 0.02);
  });

  it('is M/G/1 when the quota is no limit', () => {
    const free = replica(1, 0.6, 0.01, 0.5);
    const { responses, throttledShare } = simulateThrottled(free, { seed: 2, requests: 100_000 });
    close(mean(responses), 0.01 + mg1Wait(free.lambda, free.service), 0.02);
    close(sortedQuantile(responses, 0.99), mg1ResponseQuantile(free.lambda, free.service, 0.99), 0.04);
    expect(throttledShare).toBe(0);
  });

  it('is M/M/c when several threads have no limit', () => {
    const free = replica(4, 0.7, 0.01, 1, 4);
    const { responses } = simulateThrottled(free, { seed: 3, requests: 100_000 });
    close(sortedQuantile(responses, 0.95), responseQuantile(free.lambda, 0.01, 4, 0.95), 0.03);
  });

  it('gives the same for the same seed, and another run for another', () => {
    const one = replica(0.25, 0.7, 0.004, 1);
    const run = (seed: number) => simulateThrottled(one, { seed, requests: 2000 });
    expect(run(1)).toEqual(run(1));
    expect(run(1).responses).not.toEqual(run(2).responses);
  });

  it.each([
    [0.25, 0.7, 0.004, 1],
    [0.5, 0.3, 0.0713, 0],
    [0.5, 0.9, 0.01, 3],
    [1.5, 0.8, 0.004, 0.5],
  ])(
    'of one thread at %d cores and %d of them follows from each request alone',
    (cores, used, service, variability) => {
      const one = replica(cores, used, service, variability);
      const alone = oneThreadResponses(one, drawRequests(one.service, 5, 3000), one.lambda);
      const { responses } = simulateThrottled(one, { seed: 5, requests: 3000 });
      const late = alone.subarray(150).sort();
      expect(late).toHaveLength(responses.length);
      for (const [i, each] of late.entries())
        expect(Math.abs(each - (responses[i] as number))).toBeLessThan(1e-5);
    },
  );

  it('is stopped more often, and for longer, the more it has to do', () => {
    const at = (utilisation: number) =>
      simulateThrottled(replica(0.25, utilisation, 0.004, 0.5), { seed: 4, requests: 20_000 });
    const runs = [0.3, 0.5, 0.7, 0.9].map(at);
    for (const [i, run] of runs.slice(1).entries()) {
      expect(run.throttledShare).toBeGreaterThan(runs[i]?.throttledShare ?? 1);
      expect(run.stoppedShare).toBeGreaterThan(runs[i]?.stoppedShare ?? 1);
      expect(mean(run.responses)).toBeGreaterThan(mean(runs[i]?.responses ?? new Float64Array()));
    }
  });

  it('has its quota used up sooner by more threads, which then all stand still', () => {
    const [one, four] = [1, 4].map((threads) =>
      simulateThrottled(replica(0.5, 0.6, 0.02, 1, threads), { seed: 5, requests: 20_000 }),
    );
    expect(four?.stoppedShare).toBeGreaterThan(one?.stoppedShare ?? 1);
  });

  it('is no server as slow as its limit: below its quota it runs at full speed', () => {
    const half = replica(0.5, 0.3, 0.002, 0);
    const { responses } = simulateThrottled(half, { seed: 6, requests: 20_000 });
    const slow = mg1ResponseQuantile(half.lambda, { mean: 0.004, variability: 0 }, 0.5);
    expect(sortedQuantile(responses, 0.5)).toBeLessThan(0.6 * slow);
  });

  it.each([
    { lambda: 0 },
    { lambda: 125 },
    { threads: 0 },
    { quota: 0 },
    { service: { mean: 0.002, variability: -1 } },
  ])('is refused with %j', (wrong) => {
    const asked = { ...replica(0.25, 0.5, 0.002, 0), ...wrong };
    expect(() => simulateThrottled(asked, { seed: 1, requests: 10 })).toThrow(RangeError);
  });
});

describe('what follows for a replica without a simulation', () => {
  it.each([
    [0.25, 0.0023, 0, 0.7],
    [0.25, 0.0023, 0, 0.85],
    [0.5, 0.0023, 0, 0.85],
    [0.25, 0.01, 0.3, 0.5],
    [0.25, 0.004, 1, 0.5],
    [0.5, 0.008, 1, 0.6],
  ])('agrees with one: %d cores, requests of %d s variable by %d, %d in use', (cores, service, v, u) => {
    const asked = replica(cores, u, service, v);
    const simulated = simulateThrottled(asked, { seed: 7, requests: 100_000 });
    const { throttledShare, response } = throttledMoments(asked);
    expect(Math.abs(throttledShare - simulated.throttledShare)).toBeLessThan(0.03);
    close(response, mean(simulated.responses), 0.15);
  });

  it('is told for one thread only', () => {
    expect(() => throttledMoments(replica(0.5, 0.5, 0.01, 1, 2))).toThrow(RangeError);
  });
});

describe('the curve of a quantile', () => {
  const limit = { ...quotaOf(0.25), threads: 1 };
  const curve = throttledCurve(limit, { mean: 0.003, variability: 0.5 }, 0.99, 1);

  it('never falls, at its points and between and beyond them', () => {
    let last = 0;
    for (let utilisation = 0; utilisation < 0.995; utilisation += 0.005) {
      const now = curveAt(curve, utilisation);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('goes through its points', () => {
    for (const [utilisation, seconds] of curve) close(curveAt(curve, utilisation), seconds, 1e-9);
  });
});
