import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapacityRequest } from '../../src/planners/plan.ts';
import type { CachePlan } from '../../src/planners/streams/cache.ts';
import { close } from '../models/close.ts';
import { planTiers, streamRun, streamTruth } from './stream-run.ts';

const MILLION = 2 ** 20;

function planned(request: CapacityRequest): CachePlan {
  const { cache } = planTiers([], request).plans;
  if (cache === null) throw new Error('nothing was planned for the cache');
  return cache;
}

describe('declared keys', () => {
  // used_memory of Redis 7.0.15, with the allocator of the system, which needs more than the bundled one.
  it.each([
    [10, 8, undefined, 88],
    [16, 32, undefined, 136],
    [24, 64, undefined, 168],
    [24, 100, undefined, 200],
    [24, 45, undefined, 152],
    [24, 64, 60, 208],
  ])(
    'of %d bytes with a value of %d take what Redis takes (expiry %s)',
    (cacheKeyBytes, cacheValueBytes, cacheTtl, bytes) => {
      const plan = planned({ cacheKeys: MILLION, cacheKeyBytes, cacheValueBytes, cacheTtl });
      expect(plan.keyBytes).toEqual({ formula: bytes, measured: null, by: 'formula' });
    },
  );

  it('take 11 GiB for 84,917,361 of 32 and 19 bytes, as was published', () => {
    const plan = planned({ cacheKeys: 84_917_361, cacheKeyBytes: 32, cacheValueBytes: 19 });
    close(plan.keyBytes.formula, 140.64, 5e-5);
    close(84_917_361 * (plan.keyBytes.formula ?? 0), 11.07 * 2 ** 30, 0.005);
  });

  it('leave room in maxmemory, and the instance room for fragmentation and what a save copies', () => {
    const { used, maxmemory, instanceBytes, fragmentation, copied } = planned({ cacheKeys: 1e6 });
    close(maxmemory.recommended, used.enough / 0.85, 1e-12);
    close(instanceBytes, maxmemory.recommended * fragmentation + used.enough * copied, 1e-12);
    expect(copied).toBeGreaterThan(0);
  });

  it('ask for more servers when one thread is not enough for the commands', () => {
    expect(planned({ cacheKeys: 1e6, cacheOps: 50_000 }).shards).toBe(1);
    expect(planned({ cacheKeys: 1e6, cacheOps: 200_000 }).shards).toBe(3);
  });

  it('never need less when there are more or larger ones, or more confidence is asked for', () => {
    const shape = fc.record({
      cacheKeys: fc.integer({ min: 1, max: 1e8 }),
      cacheKeyBytes: fc.integer({ min: 1, max: 500 }),
      cacheValueBytes: fc.integer({ min: 1, max: 5000 }),
    });
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 4 }), (keys, factor) => {
        const of = (request: CapacityRequest) =>
          planned({ worlds: 30, confidence: 0.7, ...request }).instanceBytes;
        const range = { low: keys.cacheKeys * 0.5, mid: keys.cacheKeys, high: keys.cacheKeys * 2 };
        const [small, many] = [of(keys), of({ ...keys, cacheKeys: keys.cacheKeys * factor })];
        expect(many).toBeGreaterThanOrEqual(small);
        expect(of({ ...keys, cacheValueBytes: keys.cacheValueBytes * factor })).toBeGreaterThanOrEqual(small);
        expect(of({ ...keys, cacheKeys: range, confidence: 0.95 })).toBeGreaterThanOrEqual(
          of({ ...keys, cacheKeys: range }),
        );
      }),
      { seed: 73, numRuns: 60 },
    );
  });
});

describe('a measured cache', () => {
  const run = streamRun({ maxmemory: 2 * MILLION });
  const { plans, capacities, findings } = planTiers([run], {
    peak: 1000,
    cacheKeyBytes: 24,
    cacheValueBytes: 64,
  });
  const { cache } = plans;
  const codes = findings.map(({ code }) => code);

  it('takes for a key what memory grew by, and tells the formula beside it', () => {
    expect(cache?.keyBytes.by).toBe('slope');
    close(cache?.keyBytes.measured, streamTruth.bytesPerKey, 1e-6);
    close(cache?.keyBytes.formula, 168, 0.05);
    expect(codes).not.toContain('KEY_SIZE_DIFFERS');
    const other = planTiers([run], { peak: 1000, cacheKeyBytes: 24, cacheValueBytes: 640 }).findings;
    expect(other.map(({ code }) => code)).toContain('KEY_SIZE_DIFFERS');
  });

  it('is asked as often as the requests make it, on its one thread', () => {
    const commands = 1000 * streamTruth.commandsPerRequest;
    close(cache?.commands?.p50, commands, 0.05);
    close(cache?.cores?.p50, commands * streamTruth.cpuPerCommand, 0.05);
    close(cache?.network?.p50, commands * 100, 0.05);
    const thread = capacities.find(({ resource }) => resource === 'cacheCpu');
    expect(thread?.available).toBe(0.8);
    close(thread?.model.perRequest, streamTruth.commandsPerRequest * streamTruth.cpuPerCommand, 0.05);
  });

  it('is full where its keys need more than maxmemory, and keys that never expire are told', () => {
    expect(cache?.maxmemory).toMatchObject({ current: 2 * MILLION, evicts: false });
    expect(codes).toContain('CACHE_FILLS');
    expect(findings.find(({ code }) => code === 'CACHE_FILLS')?.severity).toBe('error');
    expect(codes).toContain('CACHE_KEYS_GROW');
    expect(cache?.fullAfter).toBeGreaterThan(0);
  });

  it('judges fragmentation only by memory that is large enough for it, and saves nothing unless it was seen', () => {
    expect(cache?.fragmentation).toBe(1.2);
    expect(cache?.copied).toBe(0);
  });

  it('tells hits at each size of memory, and says when one size tells nothing of another', () => {
    const small = streamRun({ maxmemory: MILLION, evicted: 5, seed: 2 });
    expect(cache?.hits).toMatchObject([{ maxmemory: 2 * MILLION, hitRatio: 0.75, evicted: 0 }]);
    const alone = planTiers([small], { peak: 1000 }).findings.map(({ code }) => code);
    expect(alone).toContain('HIT_RATIO_AT_ONE_SIZE');
    const both = planTiers([small, run], { peak: 1000 });
    expect(both.plans.cache?.hits.map(({ maxmemory }) => maxmemory)).toEqual([MILLION, 2 * MILLION]);
    expect(both.findings.map(({ code }) => code)).not.toContain('HIT_RATIO_AT_ONE_SIZE');
  });
});
