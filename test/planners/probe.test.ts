import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { throughputAt } from '../../src/models/usl.ts';
import { judgeProbe, type MeasuredStep, type ProbeResult } from '../../src/planners/probe.ts';
import { step, sweepOf } from './sweeps.ts';

const levels = [1, 2, 4, 8, 16, 32, 64];
const judge = (steps: readonly MeasuredStep[], of = steps.length): ProbeResult =>
  judgeProbe(steps, { of, seed: 1, timeout: 10 });
const codes = ({ findings }: ProbeResult) => findings.map(({ code }) => code);
const byLaw = (lambda: number, sigma: number, kappa: number, tested = levels) =>
  sweepOf(Object.fromEntries(tested.map((n) => [n, throughputAt({ lambda, sigma, kappa }, n)])));

describe('capacity', () => {
  it('is the highest throughput, with the least concurrency near it', () => {
    const workers = sweepOf({ 1: 50, 2: 100, 4: 198, 8: 199, 16: 200, 32: 199, 64: 198 });
    const result = judge(workers);
    expect(result.capacity).toEqual({ throughput: expect.closeTo(200, 6), concurrency: 4 });
    expect(result.usl?.peak).toBeNull();
    expect(result.steps.map(({ concurrency }) => concurrency)).toEqual(levels);
  });

  it('is not told while throughput rises', () => {
    const result = judge(byLaw(100, 0.001, 0));
    expect(result.capacity).toBeNull();
    const rising = result.findings.find(({ code }) => code === 'NOT_SATURATED');
    const { throughput = 0, repeats } = result.steps.at(-1) ?? {};
    expect(repeats).toHaveLength(2);
    // 64 connections do 6,020.7/s and 32 do 3,103.8/s by the law.
    expect(rising?.args).toEqual({ concurrency: 64, throughput, growth: expect.closeTo(0.93976, 4) });
  });

  it('needs less than a tenth of growth in the last doubling, whatever the step before was', () => {
    expect(judge(sweepOf({ 8: 100, 16: 109 })).capacity?.throughput).toBeCloseTo(109, 6);
    expect(codes(judge(sweepOf({ 8: 100, 16: 111 })))).toContain('NOT_SATURATED');
    // From 15 to 16 it grew by 1 %, which is 11.3 % in a doubling.
    expect(codes(judge(sweepOf({ 8: 80, 15: 100, 16: 101 })))).toContain('NOT_SATURATED');
    expect(codes(judge(sweepOf({ 8: 80, 15: 100, 16: 100 })))).not.toContain('NOT_SATURATED');
  });

  it('is not told from a single level, and is null where nothing was served', () => {
    const single = judge([step(8, 100), step(8, 101)]);
    expect(single.capacity).toBeNull();
    expect(codes(single)).toEqual(['TOO_FEW_LEVELS']);
    const dead = levels.map((n) => step(n, 0, { latency: 10, errors: 1000, reason: 'status 503' }));
    expect(judge(dead)).toMatchObject({ capacity: null, usl: null });
  });

  it('never exceeds what was measured', () => {
    const throughputs = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e4, noNaN: true })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(throughputs, (each) => {
        const { capacity, steps } = judge(
          each.map((throughput, i) => step(2 ** i, throughput, { latency: 0.01 })),
        );
        expect(steps).toHaveLength(each.length);
        if (capacity !== null) expect(capacity.throughput).toBe(Math.max(...each));
      }),
      { seed: 1, numRuns: 50 },
    );
  });
});

describe('the law', () => {
  it('is fitted, and its peak found within what was tested', () => {
    const result = judge(byLaw(100, 0.05, 0.002));
    const { usl } = result;
    expect(usl?.lambda).toBeCloseTo(100, 2);
    expect(usl?.sigma).toBeCloseTo(0.05, 5);
    expect(usl?.kappa).toBeCloseTo(0.002, 6);
    expect(usl?.r2).toBeGreaterThan(0.999);
    expect(usl?.peak?.concurrency).toBeCloseTo(Math.sqrt(0.95 / 0.002), 2);
    expect(usl?.peak?.ci.concurrency.low).toBeLessThan(21.79);
    expect(usl?.peak?.ci.concurrency.high).toBeGreaterThan(21.79);
    expect(codes(result)).toEqual([]);
    for (const { fitted, throughput } of result.steps) {
      expect(fitted?.value).toBeCloseTo(throughput, 1);
      expect(fitted?.low).toBeLessThanOrEqual(fitted?.value ?? 0);
      expect(fitted?.high).toBeGreaterThanOrEqual(fitted?.value ?? 0);
    }
  });

  it.each([
    ['levels off', byLaw(100, 0.1, 0), 'uncertain'],
    ['peaks far beyond what was tested', byLaw(100, 0.02, 0.002, [1, 2, 4, 8, 12, 16]), 'outside'],
    // Gunther's SGI ray tracer, which reached 310/s with 64.
    [
      'fits well and is still rising',
      sweepOf({ 1: 20, 4: 78, 8: 130, 12: 170, 16: 190, 20: 200 }),
      'outside',
    ],
  ])('has no peak where it %s', (_, steps, reason) => {
    const result = judge(steps);
    expect(result.usl?.peak).toBeNull();
    expect(result.findings.find(({ code }) => code === 'NO_PEAK')?.args).toMatchObject({ reason });
  });

  it('has no peak where the fit would fall and the data do not', () => {
    const result = judge(sweepOf({ 1: 50, 2: 100, 4: 200, 8: 200, 16: 200, 32: 200, 64: 200 }));
    expect(result.usl?.peak).toBeNull();
    const [noPeak] = result.findings.filter(({ code }) => code === 'NO_PEAK');
    expect(['flat', 'uncertain']).toContain((noPeak?.args as { reason?: string } | undefined)?.reason);
  });

  it('warns of a peak a little beyond what was tested', () => {
    const result = judge(byLaw(100, 0.05, 0.002, [1, 2, 4, 8, 12, 16, 20]));
    expect(result.usl?.peak?.concurrency).toBeCloseTo(21.79, 1);
    expect(result.findings).toContainEqual({
      code: 'PEAK_BEYOND_TESTED',
      severity: 'warning',
      args: { concurrency: expect.closeTo(21.79, 1), tested: 20 },
    });
  });

  it('is not fitted to five levels', () => {
    const result = judge(byLaw(100, 0.05, 0.02, [1, 2, 4, 8, 16]));
    expect(result.usl).toBeNull();
    expect(result.steps.every(({ fitted }) => fitted === null)).toBe(true);
    expect(result.findings).toContainEqual({
      code: 'TOO_FEW_LEVELS',
      severity: 'warning',
      args: { levels: 5, needed: 6 },
    });
  });

  it('says that it explains little', () => {
    const result = judge(sweepOf({ 1: 200, 2: 30, 4: 180, 8: 20, 16: 190, 32: 60, 64: 70 }));
    const poor = result.findings.find(({ code }) => code === 'POOR_FIT');
    expect(poor?.args).toEqual({ r2: result.usl?.r2 });
    expect(result.usl?.r2).toBeLessThan(0.9);
  });

  it('is the same for the same seed', () => {
    const steps = byLaw(100, 0.05, 0.002);
    expect(judge(steps)).toEqual(judge(steps));
  });
});

describe('what a probe notices', () => {
  const sound = byLaw(100, 0.05, 0.002);

  it('does not use the steps that the generator limited', () => {
    const limited = [
      step(128, 5000, { busy: 0.97 }),
      step(128, 5000, { busy: 0.5 }),
      step(256, 6000, { busy: 0.99 }),
    ];
    const result = judge([...sound, ...limited]);
    expect(result.findings[0]).toEqual({
      code: 'GENERATOR_LIMITED',
      severity: 'error',
      args: { concurrencies: [128, 256], busy: 0.99 },
    });
    expect(result.usl).toMatchObject({ peak: { concurrency: expect.closeTo(21.79, 1) } });
    expect(result.capacity?.throughput).toBeCloseTo(judge(sound).capacity?.throughput ?? 0, 9);
    expect(result.steps).toHaveLength(9);
  });

  it('knows nothing where the generator limited every step', () => {
    const result = judge(sound.map((each) => ({ ...each, busy: 0.95 })));
    expect(result).toMatchObject({ capacity: null, usl: null });
    expect(codes(result)).toEqual(['GENERATOR_LIMITED', 'TOO_FEW_LEVELS']);
  });

  it('says what was left out', () => {
    expect(judge(sound, 20).findings[0]).toEqual({
      code: 'INCOMPLETE',
      severity: 'warning',
      args: { done: 14, of: 20 },
    });
  });

  it('counts failures over all steps, with the reason of the worst', () => {
    const failing = [
      step(1, 100, { requests: 500 }),
      step(2, 150, { requests: 500, errors: 30, timeouts: 1, reason: 'status 503' }),
      step(4, 100, { requests: 1000, errors: 4, timeouts: 15, reason: 'no answer in time' }),
    ];
    expect(judge(failing).findings[0]).toEqual({
      code: 'REQUESTS_FAILED',
      severity: 'warning',
      args: { share: 0.025, errors: 34, timeouts: 16, reason: 'status 503', timeout: 10 },
    });
    // One in a hundred passes.
    expect(codes(judge([step(1, 100, { errors: 10, reason: 'ECONNRESET' })]))).not.toContain(
      'REQUESTS_FAILED',
    );
  });

  it('takes the percentiles of all repeats together', () => {
    const [level] = judge([
      step(4, 100, { latency: 0.04, requests: 90, errors: 1 }),
      step(4, 120, { latency: 2, requests: 10, timeouts: 2, busy: 0.6 }),
    ]).steps;
    expect(level).toMatchObject({
      throughput: 110,
      repeats: [100, 120],
      errors: 1,
      timeouts: 2,
      requests: 100,
      generatorBusy: 0.6,
    });
    expect(level?.p50).toBeCloseTo(0.04, 3);
    expect(level?.p99).toBeCloseTo(2, 2);
  });

  it('has no percentiles where nothing was counted', () => {
    expect(judge([step(4, 0, { latency: 1, requests: 0 })]).steps[0]).toMatchObject({
      p50: null,
      p90: null,
      p99: null,
    });
  });

  it('says which repeats differ, and where there were few requests', () => {
    const result = judge([
      step(1, 100),
      step(1, 112),
      step(2, 200),
      step(2, 210),
      step(4, 20, { requests: 12 }),
    ]);
    expect(result.findings).toContainEqual({
      code: 'REPEATS_DIFFER',
      severity: 'warning',
      args: { concurrencies: [1], spread: expect.closeTo(12 / 106, 9) },
    });
    expect(result.findings).toContainEqual({
      code: 'FEW_REQUESTS',
      severity: 'warning',
      args: { concurrencies: [4], fewest: 12 },
    });
  });
});
