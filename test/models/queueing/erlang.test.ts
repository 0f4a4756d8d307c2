import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangB, erlangC, serversForDelay } from '../../../src/models/queueing/erlang.ts';
import {
  delayForMargin,
  marginForDelay,
  squareRootServers,
} from '../../../src/models/queueing/halfin-whitt.ts';
import { close } from '../close.ts';

describe('the share lost by many servers', () => {
  /** One step for every server, as few are told. */
  const byRecursion = (servers: number, load: number) => {
    let blocked = 1;
    for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
    return blocked;
  };

  it.each([
    [201, 190],
    [300, 320],
    [1000, 900],
    [5000, 5200],
    [100_000, 100_300],
    [400, 0.5],
    [5000, 100],
  ])('of %d at %d erlangs is the same by its inverse', (servers, load) => {
    const expected = byRecursion(servers, load);
    expect(Math.abs(erlangB(servers, load) - expected)).toBeLessThanOrEqual(1e-11 * expected + 1e-300);
  });
});

describe('Erlang', () => {
  it.each([
    [1, 0.5, 1 / 2, 1 / 3],
    [2, 1, 1 / 3, 1 / 5],
    [3, 2, 4 / 9, 4 / 19],
    [4, 3, 27 / 53, 27 / 131],
    [5, 4, 128 / 231, 128 / 643],
    [4, 8 / 3, 512 / 1353, 0.168699],
    [10, 8, 4194304 / 10250507, 0.121661],
    [3, 2.5, 125 / 178, 0.282167],
    [4, 2.5, 625 / 1954, 0.149916],
    [5, 2.5, 625 / 4794, 0.069731],
    [6, 2.5, 3125 / 65866, 0.028234],
    [2, 1.6, 0.711111, 0.329897],
    [16, 12.8, 0.304884, 0.080647],
    [32, 25.6, 0.160623, 0.036861],
    [100, 90, 0.21694, 0.026957],
    [100, 95, 0.506457, 0.048804],
  ])('%i servers at %d erlangs', (servers, load, c, b) => {
    // The table prints six decimals.
    expect(erlangC(servers, load)).toBeCloseTo(c, 6);
    expect(erlangB(servers, load)).toBeCloseTo(b, 6);
  });

  it.each([
    [300, 290],
    [280, 400],
    [20_100, 20_000],
  ])('skips what the recursion forgets: %d servers at %d erlangs', (servers, load) => {
    let blocked = 1;
    for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
    close(erlangB(servers, load), blocked, 1e-12);
  });

  it('has no steady state at full load, but still a loss', () => {
    expect(() => erlangC(3, 3)).toThrow(RangeError);
    close(erlangB(1, 1), 0.5);
    expect(erlangB(4, 0)).toBe(0);
  });

  it.each([
    [0, 1],
    [1.5, 1],
    [Number.NaN, 1],
    [2, -1],
    [2, Number.NaN],
    [2, Number.POSITIVE_INFINITY],
  ])('refuses %d servers at %d erlangs', (servers, load) => {
    expect(() => erlangB(servers, load)).toThrow(RangeError);
  });
});

describe('the smallest count of servers for a probability of waiting', () => {
  it.each([
    [10, 0.05, 17],
    [50, 0.05, 64],
    [100, 0.01, 125],
    [400, 0.2, 422],
    [0, 0.01, 1],
  ])('at %d erlangs and %d', (load, share, servers) => {
    expect(serversForDelay(load, share)).toBe(servers);
  });

  it('is the least that keeps it', () => {
    const loads = fc.double({ min: 0.01, max: 500, noNaN: true });
    const shares = fc.double({ min: 1e-4, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(loads, shares, (load, share) => {
        const servers = serversForDelay(load, share);
        expect(erlangC(servers, load)).toBeLessThanOrEqual(share);
        if (servers - 1 > load) expect(erlangC(servers - 1, load)).toBeGreaterThan(share);
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it.each([
    [-1, 0.1],
    [Number.POSITIVE_INFINITY, 0.1],
    [1, 0],
    [1, 1.1],
  ])('refuses %d erlangs and a share of %d', (load, share) => {
    expect(() => serversForDelay(load, share)).toThrow(RangeError);
  });
});

describe('square-root staffing', () => {
  it.each([
    [0.5, 0.504539],
    [1, 0.223361],
    [1.5, 0.08469],
    [2, 0.026881],
    [2.5, 0.007006],
    [3, 0.001477],
  ])('makes an arrival wait at a margin of %d with probability %d', (beta, share) => {
    expect(delayForMargin(beta)).toBeCloseTo(share, 6);
  });

  it.each([
    [0.5, 0.50605],
    [0.2, 1.06152],
    [0.1, 1.42019],
    [0.05, 1.73984],
    [0.02, 2.11674],
    [0.01, 2.37489],
    [0.001, 3.11526],
  ])('needs for a probability of %d a margin of %d', (share, beta) => {
    expect(marginForDelay(share)).toBeCloseTo(beta, 5);
  });

  it('leads from a margin to its probability and back', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 8, noNaN: true }), (beta) => {
        close(marginForDelay(delayForMargin(beta)), beta, 1e-9);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  // What the exact formula asks for is above, under the same loads.
  it.each([
    [10, 0.05, 16],
    [50, 0.05, 63],
    [100, 0.01, 124],
    [400, 0.2, 422],
  ])('is one server short or right at %d erlangs and %d', (load, share, servers) => {
    expect(squareRootServers(load, share)).toBe(servers);
    expect(serversForDelay(load, share) - servers).toBeLessThanOrEqual(1);
  });

  it('refuses margins, probabilities and loads outside its domain', () => {
    expect(() => delayForMargin(0)).toThrow(RangeError);
    expect(() => marginForDelay(1)).toThrow(RangeError);
    expect(() => squareRootServers(-1, 0.1)).toThrow(RangeError);
  });
});
