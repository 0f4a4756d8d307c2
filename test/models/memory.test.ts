import { describe, expect, it } from 'vitest';
import { fitMemory, LEAK_SECONDS, type MemoryReading } from '../../src/models/memory.ts';
import { Random } from '../../src/models/random.ts';

const MiB = 2 ** 20;

type Truth = { connection?: number; request?: number; leak?: number; noise?: number; seconds?: number };

/** Two replicas read every ten seconds, whose connections and requests rise and fall on their own. */
function read({
  connection = 0,
  request = 0,
  leak = 0,
  noise = MiB,
  seconds = 1200,
}: Truth): MemoryReading[] {
  const random = new Random(5);
  return ['a', 'b'].flatMap((replica, i) => {
    let drift = 0;
    return Array.from({ length: seconds / 10 }, (_, n) => {
      const t = n * 10;
      const connections = Math.round(200 + 150 * Math.sin(t / 70 + i));
      const inFlight = Math.round(20 + 18 * Math.cos(t / 31 + i));
      drift = 0.7 * drift + 0.7 * noise * random.normal();
      const bytes = 80 * MiB + connection * connections + request * inFlight + leak * t + drift;
      return { replica, t, bytes, connections, inFlight };
    });
  });
}

const inside = (term: { low: number; high: number } | null | undefined, value: number) =>
  (term?.low ?? Number.NaN) <= value && value <= (term?.high ?? Number.NaN);

describe('fitMemory', () => {
  it('tells base, connections, requests and a leak apart', () => {
    const model = fitMemory(read({ connection: 40_000, request: 500_000, leak: 20_000 }), 1);
    expect(inside(model?.base, 80 * MiB)).toBe(true);
    expect(inside(model?.perConnection, 40_000)).toBe(true);
    expect(inside(model?.perRequest, 500_000)).toBe(true);
    expect(inside(model?.leak, 20_000)).toBe(true);
    expect(Math.abs((model?.leak?.value ?? 0) / 20_000 - 1)).toBeLessThan(0.1);
  });

  it('tells no leak where memory only varies', () => {
    expect(fitMemory(read({ connection: 40_000, request: 500_000 }), 1)).toMatchObject({ leak: null });
  });

  it('takes a heap that grows to its size for no leak', () => {
    const readings = read({ connection: 40_000 }).map((each) => ({
      ...each,
      bytes: each.bytes + 60 * MiB * -Math.expm1(-each.t / 200),
    }));
    expect(fitMemory(readings, 1)?.leak ?? null).toBeNull();
  });

  it('tells a leak only of a run that is long', () => {
    const truth = { connection: 40_000, leak: 100_000 };
    expect(fitMemory(read({ ...truth, seconds: LEAK_SECONDS - 10 }), 1)?.leak ?? null).toBeNull();
    expect(fitMemory(read({ ...truth, seconds: LEAK_SECONDS + 10 }), 1)?.leak?.value).toBeGreaterThan(80_000);
  });

  it('tells neither of two that move as one', () => {
    const readings = read({ connection: 40_000 }).map((each) => ({
      ...each,
      inFlight: each.connections / 10,
    }));
    expect(fitMemory(readings, 1)).toBeUndefined();
    // The leak is not hidden by them.
    const leaking = readings.map((each) => ({ ...each, bytes: each.bytes + 60_000 * each.t }));
    expect(fitMemory(leaking, 1)).toMatchObject({ perConnection: null, perRequest: null });
  });

  it('tells nothing of few readings, or of noise', () => {
    expect(fitMemory(read({ connection: 40_000 }).slice(0, 19), 1)).toBeUndefined();
    expect(fitMemory(read({ noise: 10 * MiB }), 1)).toBeUndefined();
  });

  it('refuses readings that cannot be', () => {
    const [first, ...others] = read({});
    if (first === undefined) throw new Error('no readings');
    expect(() => fitMemory([{ ...first, bytes: Number.NaN }, ...others], 1)).toThrow(RangeError);
    expect(() => fitMemory([{ ...first, inFlight: -1 }, ...others], 1)).toThrow(RangeError);
  });
});
