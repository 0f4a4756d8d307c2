import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concurrencyAtLatency,
  concurrencyAtThroughput,
  kneeOf,
  latencyAt,
  latencyAtThroughput,
  peakOf,
  throughputAt,
  throughputAtLatency,
  type Usl,
} from '../../src/models/usl.ts';

function close(actual: number, expected: number, relative = 1e-6): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));
}

/** The fit that B. Schwartz prints for his Cisco data, which C. Hale's usl4j tests with. */
const cisco: Usl = { lambda: 995.6486, sigma: 0.02671591, kappa: 7.690945e-4 };
const small: Usl = { lambda: 40, sigma: 0.06, kappa: 0.06 };

/** Laws that rise, with everything between a hundred times and a hundredth of what is usual. */
const laws = fc.record({
  lambda: fc.double({ min: 0.1, max: 1e5, noNaN: true }),
  sigma: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 0.9, noNaN: true })),
  kappa: fc.oneof(fc.constant(0), fc.double({ min: 1e-7, max: 0.05, noNaN: true })),
});
const bent = laws.filter(({ sigma, kappa }) => sigma > 1e-5 || kappa > 1e-5);
/** A part of the way from one request to the peak, or to a thousand where throughput rises for ever. */
const part = fc.double({ min: 0.001, max: 0.95, noNaN: true });
const below = (usl: Usl, share: number) => 1 + share * (Math.min(peakOf(usl).concurrency, 1000) - 1);

describe('the universal scalability law', () => {
  it.each([
    [1, 995.6488, 0.00100437],
    [20, 11063.633, 0.00180772],
    [35, 12341.746, 0.0028359],
  ])('has throughput and latency at %i as published', (concurrency, throughput, latency) => {
    close(throughputAt(cisco, concurrency), throughput, 1e-6);
    close(latencyAt(cisco, concurrency), latency, 3e-6);
  });

  it.each([
    [0.03, 69.38887],
    [0.04, 82.91562],
    [0.05, 84.06347],
  ])('has throughput at a latency of %d s as published', (latency, throughput) => {
    close(throughputAtLatency(small, latency), throughput, 1e-7);
  });

  // usl4j leaves kappa out of these two, so its figures are those of a law without.
  it.each([
    [955, 0.9581],
    [11048, 15.3504],
    [12201, 17.7322],
  ])('has the concurrency at %i/s as published where kappa is zero', (throughput, concurrency) => {
    close(concurrencyAtThroughput({ ...cisco, kappa: 0 }, throughput), concurrency, 1e-5);
  });

  it.each([
    [400, 0.05875],
    [500, 0.094],
    [600, 0.235],
  ])('has the latency at %i/s as published where kappa is zero', (throughput, latency) => {
    close(latencyAtThroughput({ ...small, kappa: 0 }, throughput), latency, 1e-12);
  });

  it('has the peak, ceiling and optimum of published fits', () => {
    const spec: Usl = { lambda: 89.99518, sigma: 0.02772841, kappa: 1.0436577e-4 };
    close(peakOf(spec).throughput, 1883.9, 3e-6);
    close(peakOf(spec).concurrency, 96.52, 5e-5);
    close(peakOf({ ...spec, kappa: 0 }).throughput, 3245.59, 2e-6);
    close(kneeOf({ ...spec, kappa: 0 }), 36.06, 2e-4);
    close(peakOf({ ...spec, sigma: 0.001, kappa: 1e-5 }).concurrency, 316.07, 1e-5);
    close(peakOf({ ...spec, sigma: 0.001, kappa: 0 }).throughput, 89995.2, 1e-6);
  });

  it('has no ceiling without penalties, and a peak at one request where it never rises', () => {
    const free = { lambda: 10, sigma: 0, kappa: 0 };
    expect(throughputAt(free, 7)).toBe(70);
    expect(peakOf(free)).toEqual({ concurrency: Infinity, throughput: Infinity });
    expect(peakOf({ lambda: 10, sigma: 1.5, kappa: 0 })).toEqual({ concurrency: 1, throughput: 10 });
    expect(peakOf({ lambda: 10, sigma: 0, kappa: 2 })).toEqual({ concurrency: 1, throughput: 10 });
  });

  it('falls on both sides of its peak', () => {
    fc.assert(
      fc.property(laws, fc.double({ min: 0.5, max: 2000, noNaN: true }), (usl, concurrency) => {
        const peak = peakOf(usl);
        fc.pre(peak.concurrency > 1);
        expect(throughputAt(usl, concurrency)).toBeLessThanOrEqual(peak.throughput * (1 + 1e-12));
      }),
      { seed: 1 },
    );
  });
});

describe('inverses', () => {
  it('finds the concurrency of a throughput', () => {
    fc.assert(
      fc.property(laws, part, (usl, share) => {
        const concurrency = below(usl, share);
        close(concurrencyAtThroughput(usl, throughputAt(usl, concurrency)), concurrency, 1e-6);
      }),
      { seed: 2 },
    );
  });

  it('finds the concurrency of a latency', () => {
    fc.assert(
      fc.property(bent, fc.double({ min: 1, max: 5000, noNaN: true }), (usl, concurrency) => {
        close(concurrencyAtLatency(usl, latencyAt(usl, concurrency)), concurrency, 1e-6);
      }),
      { seed: 3 },
    );
  });

  it('finds the throughput of a latency, on both sides of the peak', () => {
    fc.assert(
      fc.property(bent, fc.double({ min: 1, max: 5000, noNaN: true }), (usl, concurrency) => {
        close(throughputAtLatency(usl, latencyAt(usl, concurrency)), throughputAt(usl, concurrency), 1e-6);
      }),
      { seed: 4 },
    );
  });

  it('finds the latency of a throughput', () => {
    fc.assert(
      fc.property(laws, part, (usl, share) => {
        const concurrency = below(usl, share);
        close(latencyAtThroughput(usl, throughputAt(usl, concurrency)), latencyAt(usl, concurrency), 1e-6);
      }),
      { seed: 5 },
    );
  });

  it('reaches the peak itself', () => {
    fc.assert(
      fc.property(laws, (usl) => {
        const peak = peakOf(usl);
        fc.pre(Number.isFinite(peak.concurrency) && peak.concurrency > 1);
        close(concurrencyAtThroughput(usl, peak.throughput), peak.concurrency, 1e-4);
      }),
      { seed: 6, examples: [[{ lambda: 0.1, sigma: 0.7069642993782366, kappa: 1e-7 }]] },
    );
  });
});

describe('domains', () => {
  const limited = { lambda: 10, sigma: 0.1, kappa: 0 };
  const flat = { lambda: 10, sigma: 0, kappa: 0 };
  it.each([
    ['a negative concurrency', () => throughputAt(cisco, -1), 'concurrency -1 is not zero or more'],
    ['no number', () => throughputAt(cisco, Number.NaN), 'concurrency NaN is not zero or more'],
    ['nothing in the system', () => latencyAt(cisco, 0), 'concurrency 0 is not above zero'],
    [
      'more than the peak',
      () => concurrencyAtThroughput(small, 400),
      /^throughput 400 is not reachable: at most 84\.2151/,
    ],
    [
      'the ceiling',
      () => concurrencyAtThroughput(limited, 100),
      'throughput 100 is not reachable: at most 100',
    ],
    ['more than it', () => latencyAtThroughput(limited, 101), 'throughput 101 is not reachable: at most 100'],
    ['a negative throughput', () => concurrencyAtThroughput(cisco, -1), 'throughput -1 is not zero or more'],
    ['no throughput', () => latencyAtThroughput(cisco, 0), 'throughput 0 is not above zero'],
    [
      'a law that never rises',
      () => concurrencyAtThroughput({ ...cisco, sigma: 1 }, 5),
      'with a contention of 1 or more throughput does not rise',
    ],
    [
      'too short a latency',
      () => concurrencyAtLatency(cisco, 0.0009),
      'latency 0.0009 is below what one request takes',
    ],
    [
      'the same as throughput',
      () => throughputAtLatency(small, 0.02),
      'latency 0.02 is below what one request takes',
    ],
    [
      'no latency',
      () => concurrencyAtLatency(cisco, Number.NaN),
      'latency NaN is below what one request takes',
    ],
    [
      'a latency that is always the same',
      () => concurrencyAtLatency(flat, 0.1),
      'latency does not depend on concurrency',
    ],
  ])('refuses %s', (_, ask, message) => {
    expect(ask).toThrow(RangeError);
    expect(ask).toThrow(message);
  });

  it('has no throughput from nothing, and needs nothing for none', () => {
    expect(throughputAt(cisco, 0)).toBe(0);
    expect(concurrencyAtThroughput(cisco, 0)).toBe(0);
  });
});
