import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/models/random.ts';
import { concurrencyAtLatency, peakOf, throughputAt, type Usl } from '../../src/models/usl.ts';
import { findPeak, fitUsl, type Measurement, throughputBand } from '../../src/models/usl-fit.ts';
import { cisco, sgi, spec } from './usl-data.ts';

function close(actual: number | null, expected: number, relative = 1e-6): void {
  expect(actual).not.toBeNull();
  expect(Math.abs(Number(actual) - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}

const seed = 1;
/** Enough where the intervals do not matter. */
const few = { seed, replicates: 20 };

describe('published data', () => {
  it('fits the Cisco data', () => {
    const fit = fitUsl(cisco, { seed });
    // A refit in R prints eight digits; the book's own search stopped at three parts in a million of kappa.
    close(fit.sigma, 0.026715945);
    close(fit.kappa, 7.6909391e-4);
    close(fit.lambda, 995.64879);
    close(fit.errors.sigma, 0.004494, 2e-4);
    close(fit.errors.kappa, 8.645e-5, 2e-4);
    close(fit.errors.lambda, 28.698, 2e-5);
    close(fit.rse, 187.897, 3e-6);
    expect(fit.degrees).toBe(29);
    const peak = findPeak(fit);
    expect(peak).toMatchObject({
      throughput: expect.closeTo(12342.85, 2),
      concurrency: expect.closeTo(35.5738, 4),
    });
    // The asymptotic intervals are [.0175, .0359], [5.92e-4, 9.46e-4] and [937, 1054]; a bootstrap differs by a little.
    for (const [name, low, high] of [
      ['sigma', 0.0175, 0.0359],
      ['kappa', 5.92e-4, 9.46e-4],
      ['lambda', 937, 1054],
    ] as const) {
      const slack = 0.25 * (high - low);
      expect(Math.abs(fit.ci[name].low - low)).toBeLessThan(slack);
      expect(Math.abs(fit.ci[name].high - high)).toBeLessThan(slack);
    }
  });

  it('has the concurrency of a latency by the first ten Cisco points as usl4j has it', () => {
    const fit = fitUsl(cisco.slice(0, 10), few);
    close(fit.sigma, 0.0170028, 1e-5);
    close(fit.kappa, 4.46539e-4, 1e-5);
    close(fit.lambda, 938.379);
    for (const [latency, concurrency] of [
      [0.0012, 7.230629],
      [0.0016, 20.251064],
      [0.002, 29.888883],
    ] as const)
      close(concurrencyAtLatency(fit, latency), concurrency, 1e-5);
  });

  it('tells no peak from the first ten Cisco points: kappa may be zero', () => {
    const fit = fitUsl(cisco.slice(0, 10), { seed });
    // It would be 31 % too high.
    close(peakOf(fit).throughput, 16_052, 1e-3);
    expect(findPeak(fit)).toEqual({ reason: 'uncertain' });
  });

  it('fits SPEC SDM91', () => {
    // The R package prints eight digits, of which its search settles about five.
    const fit = fitUsl(spec, { seed });
    close(fit.sigma, 0.02772841, 4e-6);
    close(fit.kappa, 1.0436577e-4, 3e-6);
    close(fit.lambda, 89.99518, 2e-6);
    close(fit.errors.sigma, 0.009122, 1e-4);
    close(fit.errors.kappa, 1.9875e-5, 1e-4);
    close(fit.errors.lambda, 14.2135, 1e-5);
    close(fit.rse, 82.846, 1e-5);
    const printed = [90, 1078, 1541, 1850, 1879, 1822, 1646];
    expect(spec.map(({ concurrency }) => Math.round(throughputAt(fit, concurrency)))).toEqual(printed);
    const peak = findPeak(fit);
    expect(peak).toMatchObject({
      throughput: expect.closeTo(1883.9, 2),
      concurrency: expect.closeTo(96.52, 2),
    });
    if ('ci' in peak) {
      expect(peak.ci.concurrency.low).toBeLessThan(96);
      expect(peak.ci.concurrency.high).toBeGreaterThan(97);
    }
  });

  it('finds no peak for the SGI ray tracer, whose free fit has a negative kappa', () => {
    const fit = fitUsl(sgi, { seed });
    close(fit.sigma, 0.0577708, 2e-6);
    expect(fit.kappa).toBe(0);
    close(fit.lambda, 21.84884, 1e-6);
    close(fit.rse, 8.8018, 1e-5);
    close(fit.errors.sigma, 0.005258, 1e-3);
    close(fit.errors.lambda, 1.2578, 1e-3);
    expect(fit.errors.kappa).toBeNull();
    expect(fit.degrees).toBe(9);
    close(peakOf(fit).throughput, 378.2, 1e-4);
    expect(findPeak(fit)).toEqual({ reason: 'uncertain' });
  });

  it('does not extrapolate from the first six SGI points, well as they fit', () => {
    const fit = fitUsl(sgi.slice(0, 6), { seed });
    close(fit.sigma, 0.024444, 3e-5);
    close(fit.kappa, 0.00162681, 1e-5);
    close(fit.lambda, 20.85605, 1e-6);
    close(fit.r2, 0.9996, 1e-4);
    // The machine later reached 310.
    close(peakOf(fit).throughput, 203.5, 1e-3);
    expect(findPeak(fit)).toEqual({ reason: 'outside', concurrency: expect.closeTo(24.49, 2) });
  });
});

describe('laws of the fit', () => {
  const laws = fc.record({
    lambda: fc.double({ min: 1, max: 1e5, noNaN: true }),
    sigma: fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 0.5, noNaN: true })),
    kappa: fc.oneof(fc.constant(0), fc.double({ min: 1e-5, max: 0.02, noNaN: true })),
  });
  const levels = [1, 2, 4, 8, 16, 32, 64];
  const exact = (usl: Usl): Measurement[] =>
    levels.map((concurrency) => ({ concurrency, throughput: throughputAt(usl, concurrency) }));

  it('finds the law that made the data', () => {
    fc.assert(
      fc.property(laws, (usl) => {
        const fit = fitUsl(exact(usl), { seed, replicates: 2 });
        close(fit.lambda, usl.lambda, 1e-5);
        expect(Math.abs(fit.sigma - usl.sigma)).toBeLessThan(1e-5);
        expect(Math.abs(fit.kappa - usl.kappa)).toBeLessThan(1e-6);
      }),
      { seed: 21, numRuns: 50 },
    );
  });

  it('never goes below zero, and scales with the unit of throughput', () => {
    const noisy = fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(noisy, (throughputs) => {
        const points = (unit: number) =>
          levels.map((concurrency, i) => ({ concurrency, throughput: unit * (throughputs[i] ?? 1) }));
        const options = { seed, replicates: 2 };
        const [fit, thousand] = [fitUsl(points(1), options), fitUsl(points(1000), options)];
        for (const value of [fit.lambda, fit.sigma, fit.kappa]) expect(value).toBeGreaterThanOrEqual(0);
        // Of throughputs that a law explains wholly nothing is left but rounding, in the larger unit.
        expect(Math.abs(thousand.rse - 1000 * fit.rse)).toBeLessThanOrEqual(0.1 * fit.rse + 1e-6);
      }),
      { seed: 22, numRuns: 50 },
    );
  });

  it('gives the same for the same seed in any order, and another interval for another seed', () => {
    const fit = fitUsl(spec, { seed: 5, replicates: 50 });
    expect(fitUsl(spec, { seed: 5, replicates: 50 })).toEqual(fit);
    expect(fitUsl(spec, { seed: 6, replicates: 50 }).ci).not.toEqual(fit.ci);
  });

  it('counts every repeat', () => {
    const twice = fitUsl([...spec, ...spec], few);
    close(twice.lambda, 89.99518, 2e-6);
    expect(twice.degrees).toBe(11);
    const [first, ...rest] = spec;
    const apart = [-10, 10].map((by) => ({ concurrency: 1, throughput: (first?.throughput ?? 0) + by }));
    close(fitUsl([...apart, ...rest, ...rest], few).lambda, 89.99518, 2e-6);
  });

  it('has intervals that cover the truth', () => {
    const truth = { lambda: 100, sigma: 0.05, kappa: 0.002 };
    const random = new Random(7);
    const rounds = 60;
    const covered = { lambda: 0, sigma: 0, kappa: 0, throughput: 0, peak: 0 };
    for (let round = 0; round < rounds; round++) {
      const points = [...levels, ...levels].map((concurrency) => ({
        concurrency,
        throughput: throughputAt(truth, concurrency) * (1 + 0.03 * random.normal()),
      }));
      const fit = fitUsl(points, { seed: round, replicates: 200 });
      for (const name of ['lambda', 'sigma', 'kappa'] as const)
        if (fit.ci[name].low <= truth[name] && truth[name] <= fit.ci[name].high) covered[name]++;
      const band = throughputBand(fit, 20);
      if (band.low <= throughputAt(truth, 20) && throughputAt(truth, 20) <= band.high) covered.throughput++;
      const peak = findPeak(fit);
      const at = peakOf(truth).concurrency;
      if ('ci' in peak && peak.ci.concurrency.low <= at && at <= peak.ci.concurrency.high) covered.peak++;
    }
    // Of 60 intervals at 95 %, 52 or fewer cover by chance once in 140.
    for (const count of Object.values(covered)) expect(count).toBeGreaterThan(52);
  });
});

describe('data that no law made', () => {
  const at = (throughputs: number[]) =>
    throughputs.map((throughput, i) => ({ concurrency: 2 ** i, throughput }));

  it.each([
    [
      'only one request is ever served',
      at([40, 0, 0, 0, 0, 0, 0]),
      { lambda: expect.closeTo(40, 6) },
      { concurrency: 1, throughput: expect.closeTo(40, 6) },
    ],
    [
      'throughput is lost and found',
      at([33.9, 0.1, 0.1, 0.1, 0.1, 0.1, 60.8]),
      { kappa: 0 },
      { reason: 'uncertain' },
    ],
    [
      'throughput hardly changes',
      at([70, 70.1, 69.9, 70, 70.1, 70]),
      { lambda: expect.closeTo(70, 1), sigma: expect.closeTo(1, 2) },
      { reason: 'uncertain' },
    ],
  ])('has a fit where %s', (_, points, expected, peak) => {
    const fit = fitUsl(points, { seed, replicates: 100 });
    expect(fit).toMatchObject(expected);
    expect(findPeak(fit)).toMatchObject(peak);
    for (const { low, high } of Object.values(fit.ci)) {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThan(Number.POSITIVE_INFINITY);
    }
  });
});

describe('refusals', () => {
  const level = (concurrency: number, throughput = 10): Measurement => ({ concurrency, throughput });
  const five = [1, 2, 4, 8, 16].map((concurrency) => level(concurrency));
  it.each([
    ['few concurrencies', [...five, ...five], '5 different concurrencies are too few: 6 are needed'],
    ['half a request', [...five, level(0.5)], '10/s at 0.5 is not a measurement'],
    ['less than nothing', [...five, level(32, -1)], '-1/s at 32 is not a measurement'],
    ['no number', [...five, level(32, Number.NaN)], 'NaN/s at 32 is not a measurement'],
    [
      'nothing but zeros',
      [...five, level(32)].map((each) => ({ ...each, throughput: 0 })),
      'there is no law of a throughput of zero',
    ],
  ])('refuses %s', (_, points, message) => {
    expect(() => fitUsl(points, few)).toThrow(RangeError);
    expect(() => fitUsl(points, few)).toThrow(message);
  });
});
