import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEnough, krrCpu, krrMemory } from '../../../src/models/rightsizing/krr.ts';
import {
  type ChangeSeverity,
  gradeOf,
  scoreOf,
  severityOf,
  worstOf,
} from '../../../src/models/rightsizing/krr-severity.ts';

const MIB = 2 ** 20;
/** 0.01, 0.02, … 1 core: percentiles that can be told by hand. */
const hundredths = Float64Array.from({ length: 100 }, (_, i) => (i + 1) / 100);
const none = new Float64Array(0);

describe('the strategy simple', () => {
  it('asks for the 95th percentile of the pod where it is highest, and sets no limit', () => {
    const low = hundredths.map((cores) => cores / 2);
    // Linear between neighbours, 95 % of 99 steps: 0.9505, rounded up to a millicore.
    expect(krrCpu('simple', [low, hundredths, none])).toEqual({ request: 0.951, limit: null });
    expect(krrCpu('simple', [low])).toEqual({ request: 0.476, limit: null });
  });

  it('differs from simple-limit, which takes 66 % and 96 % of all samples together', () => {
    const idle = new Float64Array(100).fill(0.001);
    expect(krrCpu('simple-limit', [hundredths])).toEqual({ request: 0.664, limit: 0.961 });
    expect(krrCpu('simple-limit', [hundredths, idle])).toEqual({ request: 0.324, limit: 0.921 });
  });

  it('asks for 15 % more memory than was ever used, as request and limit, in whole MiB', () => {
    const used = Float64Array.of(200 * MIB, 150 * MIB);
    expect(krrMemory([used, none], null)).toEqual({ request: 230 * MIB, limit: 230 * MIB });
    expect(krrMemory([Float64Array.of(200 * MIB + 1)], null).limit).toBe(231 * MIB);
  });

  it('asks for a quarter more than the limit at which one was ended, where that is more', () => {
    expect(krrMemory([Float64Array.of(200 * MIB)], 256 * MIB).limit).toBe(320 * MIB);
    expect(krrMemory([Float64Array.of(200 * MIB)], 100 * MIB).limit).toBe(230 * MIB);
  });

  it('asks for no less than 10 millicores and 100 MiB', () => {
    expect(krrCpu('simple', [new Float64Array(5)]).request).toBe(0.01);
    expect(krrCpu('simple-limit', [new Float64Array(5)])).toEqual({ request: 0.01, limit: 0.01 });
    expect(krrMemory([Float64Array.of(1)], null).request).toBe(100 * MIB);
  });

  it('needs 100 points and three hours', () => {
    expect(isEnough({ span: 3 * 3600, points: 100 })).toBe(true);
    expect(isEnough({ span: 3 * 3600 - 1, points: 1000 })).toBe(false);
    expect(isEnough({ span: 86_400, points: 99 })).toBe(false);
    expect(() => krrCpu('simple', [])).toThrow('no samples');
    expect(() => krrCpu('simple-limit', [none])).toThrow(RangeError);
    expect(() => krrMemory([none], null)).toThrow('no samples');
  });

  it('never asks for less when pods use more', () => {
    const uses = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(uses, fc.double({ min: 1, max: 3, noNaN: true }), (values, factor) => {
        const [now, more] = [Float64Array.from(values), Float64Array.from(values, (each) => each * factor)];
        for (const strategy of ['simple', 'simple-limit'] as const) {
          const [a, b] = [krrCpu(strategy, [now]), krrCpu(strategy, [more])];
          expect(b.request).toBeGreaterThanOrEqual(a.request ?? 0);
          expect(b.limit ?? 0).toBeGreaterThanOrEqual(a.limit ?? 0);
        }
      }),
      { seed: 1 },
    );
  });
});

describe('its severity', () => {
  it.each<['cpu' | 'memory', number | null, number | null | undefined, ChangeSeverity]>([
    ['cpu', 1, 0.5, 'critical'],
    ['cpu', 0.1, 0.35, 'warning'],
    ['cpu', 0.6, 0.5, 'ok'],
    ['cpu', 0.6, 0.501, 'good'],
    ['memory', 600 * MIB, 100 * MIB, 'critical'],
    ['memory', 350 * MIB, 100 * MIB, 'warning'],
    ['memory', 100 * MIB, 200 * MIB, 'ok'],
    ['memory', 100 * MIB, 199 * MIB, 'good'],
    ['cpu', null, null, 'good'],
    ['cpu', null, 0.1, 'warning'],
    ['memory', 1, null, 'warning'],
    ['cpu', 1, undefined, 'unknown'],
  ])('of %s from %s to %s is %s', (resource, now, recommended, severity) => {
    expect(severityOf(resource, now, recommended)).toBe(severity);
  });

  it('of a workload is the worst of its parts', () => {
    expect(worstOf(['good', 'warning', 'unknown'])).toBe('warning');
    expect(worstOf(['unknown', 'good'])).toBe('good');
    expect(worstOf([])).toBe('unknown');
  });

  it('makes a score and a grade', () => {
    expect(scoreOf(['critical', 'warning', 'ok', 'good'])).toBe(57);
    expect(scoreOf(['good', 'unknown'])).toBe(100);
    expect(scoreOf([])).toBe(0);
    expect([29, 30, 54, 55, 69, 70, 89, 90].map(gradeOf).join('')).toBe('FDDCCBBA');
  });
});
