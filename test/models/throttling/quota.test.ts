import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanUnloadedResponse, quotaOf, unloadedResponse } from '../../../src/models/throttling/quota.ts';
import { close } from '../close.ts';

describe('a request on an idle replica under a quota', () => {
  // 25 ms in every 100 ms.
  it.each([
    [0.02, 0, 0.02],
    [0.025, 0.09, 0.025],
    // Stopped at 25 ms until 100 ms.
    [0.03, 0, 0.105],
    [0.03, 0.05, 0.055],
    // The new period comes before the quota is used up.
    [0.03, 0.08, 0.03],
    [0.1, 0, 0.325],
    [0.06, 0.08, 0.135],
  ])('of %d s from phase %d takes %d s', (demand, phase, response) => {
    expect(unloadedResponse(quotaOf(0.25), demand, phase)).toBeCloseTo(response, 12);
  });

  it('takes on average what it takes at all phases', () => {
    const cores = fc.double({ min: 0.05, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(cores, fc.double({ min: 0, max: 0.5, noNaN: true }), (limit, demand) => {
        const quota = quotaOf(limit);
        let sum = 0;
        for (let i = 0; i < 2000; i++) sum += unloadedResponse(quota, demand, ((i + 0.5) / 2000) * 0.1);
        close(meanUnloadedResponse(quota, demand), sum / 2000, 1e-3);
      }),
      { seed: 30, numRuns: 100 },
    );
  });

  it('is not asked about outside its domain', () => {
    expect(() => quotaOf(0)).toThrow(RangeError);
    expect(() => quotaOf(0.5, 0)).toThrow(RangeError);
    expect(() => unloadedResponse(quotaOf(0.5), -1, 0)).toThrow(RangeError);
    expect(() => unloadedResponse(quotaOf(0.5), 1, 0.1)).toThrow(RangeError);
    expect(() => meanUnloadedResponse(quotaOf(0.5), Number.NaN)).toThrow(RangeError);
  });
});
