import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangC } from '../../../src/models/queueing/erlang.ts';
import {
  allenCunneenWait,
  allenCunneenWaitQuantile,
  sakasegawaWait,
  variabilityForWait,
} from '../../../src/models/queueing/ggc.ts';
import {
  mg1ResponseQuantile,
  mg1ResponseTail,
  mg1Wait,
  rateForMg1Wait,
  variabilityForMg1Wait,
} from '../../../src/models/queueing/mg1.ts';
import { responseTail, waitQuantile } from '../../../src/models/queueing/mmc.ts';
import { rateForSharedResponse, sharedResponse } from '../../../src/models/queueing/processor-sharing.ts';
import { close } from '../close.ts';

const utilisations = fc.double({ min: 0.02, max: 0.98, noNaN: true });
const services = fc.double({ min: 1e-4, max: 10, noNaN: true });
const variabilities = fc.double({ min: 0, max: 20, noNaN: true });

describe('M/G/1', () => {
  it.each([
    [50, 0.01, 1, 0.01],
    [50, 0.01, 0, 0.005],
    [50, 0.01, 4, 0.025],
    [80, 0.01, 1, 0.04],
    [80, 0.01, 0, 0.02],
    [80, 0.01, 2.5, 0.07],
    [90, 0.01, 0.25, 0.05625],
  ])('%d arrivals of %d with a variability of %d wait %d', (lambda, mean, variability, wait) => {
    close(mg1Wait(lambda, { mean, variability }), wait, 1e-12);
  });

  it('leads from a rate, and from a variability, to the wait and back', () => {
    fc.assert(
      fc.property(utilisations, services, variabilities, (utilisation, mean, variability) => {
        const lambda = utilisation / mean;
        const wait = mg1Wait(lambda, { mean, variability });
        close(rateForMg1Wait({ mean, variability }, wait), lambda, 1e-9);
        expect(variabilityForMg1Wait(lambda, mean, wait)).toBeCloseTo(variability, 9);
      }),
      { seed: 10, numRuns: 200 },
    );
  });

  it('has the tail of M/M/1 when service is exponential', () => {
    for (const t of [0.001, 0.01, 0.05, 0.2, 0.5]) {
      const exact = responseTail(75, 0.01, 1, t);
      expect(Math.abs(mg1ResponseTail(75, { mean: 0.01, variability: 1 }, t) - exact)).toBeLessThan(1e-7);
    }
    close(mg1ResponseQuantile(75, { mean: 0.01, variability: 1 }, 0.99), 0.1842068, 1e-6);
  });

  // C. Crommelin, Delay probability formulae when the holding times are constant, 1932.
  it.each([0.2, 0.5, 0.7, 0.85])('has the tail of M/D/1 when service is constant, at %d', (rho) => {
    const waitAtMost = (t: number) => {
      let sum = 0;
      for (let [k, factorial] = [0, 1]; k <= Math.floor(t); k++, factorial *= k)
        sum += ((-rho * (t - k)) ** k / factorial) * Math.exp(rho * (t - k));
      return (1 - rho) * sum;
    };
    for (const t of [1.5, 2.3, 4.6, 7.4]) {
      const tail = mg1ResponseTail(rho, { mean: 1, variability: 0 }, t);
      expect(Math.abs(tail - (1 - waitAtMost(t - 1)))).toBeLessThan(2e-4);
    }
  });

  it('has a tail whose integral is the mean', () => {
    const service = { mean: 1, variability: 0.4 };
    const step = 0.01;
    let mean = 0;
    for (let i = 0; i < 6000; i++) mean += step * mg1ResponseTail(0.6, service, (i + 0.5) * step);
    close(mean, 1 + mg1Wait(0.6, service), 1e-4);
  });

  it('leads from a quantile to its tail and back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.double({ min: 0.2, max: 4, noNaN: true }),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        (utilisation, variability, q) => {
          const service = { mean: 0.01, variability };
          const t = mg1ResponseQuantile(utilisation / 0.01, service, q);
          close(mg1ResponseTail(utilisation / 0.01, service, t), 1 - q, 1e-4);
        },
      ),
      { seed: 11, numRuns: 50 },
    );
  });

  it('lets requests of a dearer class wait like the others, and then take longer', () => {
    const all = { mean: 0.01, variability: 0.5 };
    const dear = { mean: 0.02, variability: 0 };
    expect(mg1ResponseQuantile(60, all, 0.9, dear)).toBeGreaterThan(mg1ResponseQuantile(60, all, 0.9));
    // Constant service only moves the wait, of which the rest of M/M/1 is known: P(W > t) = rho exp(-(mu - lambda) t).
    const wait = 0.02 + 0.03;
    close(mg1ResponseTail(60, { mean: 0.01, variability: 1 }, wait, dear), 0.6 * Math.exp(-40 * 0.03), 1e-4);
  });

  it.each([
    [100, 0.01, 1],
    [-1, 0.01, 1],
    [1, 0, 1],
    [1, 0.01, -0.1],
  ])('refuses %d arrivals of %d with a variability of %d', (lambda, mean, variability) => {
    expect(() => mg1Wait(lambda, { mean, variability })).toThrow(RangeError);
    expect(() => mg1ResponseTail(lambda, { mean, variability }, 1)).toThrow(RangeError);
  });

  it('refuses waits that no queue has', () => {
    expect(() => rateForMg1Wait({ mean: 1, variability: 1 }, -1)).toThrow(RangeError);
    expect(() => variabilityForMg1Wait(50, 0.01, 0.004)).toThrow(RangeError);
    expect(() => variabilityForMg1Wait(0, 0.01, 0.004)).toThrow(RangeError);
  });
});

describe('processor sharing', () => {
  it.each([
    [50, 0.01, 0.02],
    [80, 0.01, 0.05],
    [90, 0.01, 0.1],
  ])('%d arrivals of %d take %d', (lambda, service, response) => {
    close(sharedResponse(lambda, service), response, 1e-12);
  });

  it('leads from a rate to the response and back', () => {
    fc.assert(
      fc.property(utilisations, services, (utilisation, service) => {
        const lambda = utilisation / service;
        close(rateForSharedResponse(service, sharedResponse(lambda, service)), lambda, 1e-9);
      }),
      { seed: 12, numRuns: 200 },
    );
  });

  it('refuses full load, and a response below the service time', () => {
    expect(() => sharedResponse(100, 0.01)).toThrow(RangeError);
    expect(() => rateForSharedResponse(0.01, 0.009)).toThrow(RangeError);
  });
});

describe('G/G/c', () => {
  it.each([
    [80, 0.1, 10, 1, 1, 0.020459],
    [80, 0.1, 10, 1, 0.5, 0.015344],
    [80, 0.1, 10, 1, 4, 0.051148],
    [80, 0.1, 10, 0.5, 0.5, 0.01023],
    [80, 0.1, 10, 2, 1.5, 0.035803],
    [9, 0.1, 1, 0.5, 2, 1.125],
    [90, 0.1, 10, 1, 1, 0.066873],
    // Constant service, which simulation puts at 0.01078.
    [80, 0.1, 10, 1, 0, 0.01023],
  ])('%d arrivals of %d on %i servers, variable by %d and %d', (lambda, service, servers, a, s, wait) => {
    expect(allenCunneenWait(lambda, service, servers, { arrivals: a, services: s })).toBeCloseTo(wait, 6);
  });

  it.each([
    [80, 1, 1, 0.021945],
    [80, 1, 0.5, 0.016459],
    [80, 1, 4, 0.054862],
    [90, 1, 1, 0.067785],
  ])('by Sakasegawa: %d arrivals, variable by %d and %d', (lambda, arrivals, services, wait) => {
    expect(sakasegawaWait(lambda, 0.1, 10, { arrivals, services })).toBeCloseTo(wait, 6);
  });

  it('is M/M/c in its quantiles for a variability of 1', () => {
    const poisson = { arrivals: 1, services: 1 };
    close(allenCunneenWaitQuantile(2, 1, 3, poisson, 0.99), waitQuantile(2, 1, 3, 0.99), 1e-12);
    expect(allenCunneenWaitQuantile(1, 1, 6, poisson, 0.5)).toBe(0);
    close(sakasegawaWait(75, 0.01, 1, poisson), 0.03, 1e-12);
  });

  it('leads from a variability to the wait and back', () => {
    fc.assert(
      fc.property(
        utilisations,
        fc.integer({ min: 1, max: 30 }),
        variabilities,
        (utilisation, servers, sum) => {
          const lambda = utilisation * servers;
          const wait = allenCunneenWait(lambda, 1, servers, { arrivals: sum / 2, services: sum / 2 });
          expect(variabilityForWait(lambda, 1, servers, wait)).toBeCloseTo(sum, 9);
        },
      ),
      { seed: 13, numRuns: 200 },
    );
  });

  it.each([
    [100, 10, 1],
    [80, 1.5, 1],
    [80, 10, -1],
  ])('refuses %d arrivals on %d servers, variable by %d', (lambda, servers, arrivals) => {
    const variability = { arrivals, services: 1 };
    expect(() => allenCunneenWait(lambda, 0.1, servers, variability)).toThrow(RangeError);
    expect(() => sakasegawaWait(lambda, 0.1, servers, variability)).toThrow(RangeError);
  });

  it('refuses to tell a variability where nothing arrives', () => {
    expect(() => variabilityForWait(0, 0.1, 10, 0.1)).toThrow(RangeError);
    expect(erlangC(10, 0)).toBe(0);
  });
});
