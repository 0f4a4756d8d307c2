import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allenCunneenWaitQuantile } from '../../src/models/queueing/ggc.ts';
import { gatherFacts } from '../../src/planners/observed.ts';
import type { CapacityRequest } from '../../src/planners/plan.ts';
import type { WorkersPlan } from '../../src/planners/streams/workers.ts';
import { close } from '../models/close.ts';
import { planTiers, streamRun, streamTruth } from './stream-run.ts';

function planned(request: CapacityRequest): WorkersPlan {
  const { workers } = planTiers([], request).plans;
  if (workers === null) throw new Error('nothing was planned for workers');
  return workers;
}

const wait = (rate: number, seconds: number, slots: number) =>
  allenCunneenWaitQuantile(rate, seconds, slots, { arrivals: 1, services: 1 }, 0.95);

describe('declared jobs', () => {
  it('of 100 ms at 80/s wait 105 ms at most with ten at once, and too long with nine', () => {
    const { queues, recommended } = planned({ jobRate: 80, jobTime: 0.1, jobWait: 0.106, jobConcurrency: 5 });
    expect(queues[0]?.slots.enough).toBe(10);
    close(wait(80, 0.1, 10), 0.105107, 1e-5);
    expect(wait(80, 0.1, 9)).toBeGreaterThan(0.106);
    // Two processes of five, and one that may be lost.
    expect(recommended).toBe(3);
  });

  it('are scaled at as many waiting as a process gets done within the wait', () => {
    const { queues } = planned({ jobRate: 80, jobTime: 0.1, jobWait: 2, jobConcurrency: 10 });
    expect(queues[0]?.depthTarget).toBe(200);
  });

  it('wait no longer than asked when put back into the model, and would with one slot less', () => {
    const jobs = fc.record({
      jobRate: fc.double({ min: 0.1, max: 500, noNaN: true }),
      jobTime: fc.double({ min: 0.001, max: 1, noNaN: true }),
      jobWait: fc.double({ min: 0.001, max: 5, noNaN: true }),
    });
    fc.assert(
      fc.property(jobs, fc.double({ min: 1, max: 4, noNaN: true }), (request, factor) => {
        const { jobRate, jobTime, jobWait } = request;
        const slots = planned({ ...request, worlds: 1 }).queues[0]?.slots.enough ?? 0;
        expect(wait(jobRate, jobTime, slots)).toBeLessThanOrEqual(jobWait);
        if (slots - 1 > jobRate * jobTime) expect(wait(jobRate, jobTime, slots - 1)).toBeGreaterThan(jobWait);
        for (const more of [
          { jobRate: jobRate * factor },
          { jobTime: jobTime * factor },
          { jobWait: jobWait / factor },
        ]) {
          const other = planned({ ...request, ...more, worlds: 1 });
          expect(other.queues[0]?.slots.enough).toBeGreaterThanOrEqual(slots);
        }
      }),
      { seed: 74, numRuns: 60 },
    );
  });

  it('need the same slots in every world, whichever was searched before it', () => {
    const range = { jobRate: { low: 10, mid: 100, high: 400 }, jobTime: { low: 0.01, mid: 0.1, high: 0.4 } };
    const { slots } = planned({ ...range, worlds: 50 }).queues[0] ?? {};
    expect(slots?.p5).toBeLessThan(slots?.p50 ?? 0);
    expect(slots?.enough).toBeLessThanOrEqual(
      planned({ jobRate: 400, jobTime: 0.4 }).queues[0]?.slots.enough ?? 0,
    );
  });
});

describe('measured jobs', () => {
  it('are planned from what a request queues, their time and the CPU of a worker', () => {
    const run = streamRun();
    const { workers } = planTiers([run], { peak: 20_000 }).plans;
    const rate = 20_000 * (gatherFacts([run]).observed.mix.trade ?? 0) * streamTruth.jobsPerTrade;
    const [queue] = workers?.queues ?? [];
    expect(queue?.queue).toBe('settlement');
    close(queue?.jobs.p50, rate, 0.05);
    close(queue?.seconds, streamTruth.jobSeconds, 1e-6);
    close(workers?.cpuPerJob, streamTruth.cpuPerJob, 1e-6);
    expect(workers).toMatchObject({ current: 1, basis: 'measured' });
    // 200 jobs/s by ten slots, but 175 by the CPU of one process.
    expect(queue?.depthTarget).toBe(175);
    expect(workers?.by).toBe('cpu');
    expect(workers?.recommended).toBe(
      Math.ceil(((queue?.jobs.enough ?? 0) * streamTruth.cpuPerJob) / 0.7) + 1,
    );
  });
});
