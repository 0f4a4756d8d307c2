import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RateLimit } from '../../src/load/http/rate-limit.ts';

/** A limit on a clock that only waiting moves. */
function newLimit(rate: number) {
  const clock = { now: 1000 };
  const wait = async (milliseconds: number) => {
    // Timers fire at whole milliseconds, and now and then one too early.
    clock.now += Math.max(1, Math.floor(milliseconds));
  };
  return { clock, limit: new RateLimit(rate, () => clock.now, wait) };
}

it('has one token at the start and no more after a rest', async () => {
  const { clock, limit } = newLimit(10);
  expect(limit.take()).toBeUndefined();
  clock.now += 60_000;
  expect(limit.take()).toBeUndefined();
  const before = clock.now;
  await limit.take();
  expect(clock.now - before).toBe(100);
});

it('lets those who wait go one period after the other', async () => {
  const { clock, limit } = newLimit(50);
  expect(limit.take()).toBeUndefined();
  const turns = [limit.take(), limit.take()].map(async (turn) => {
    await turn;
    return clock.now;
  });
  const [second = 0, third = 0] = await Promise.all(turns);
  expect(second).toBeGreaterThanOrEqual(1020);
  expect(third).toBe(1040);
});

it('never lets more through than the rate and one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3000 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 60 }),
      async (rate, pauses) => {
        const { clock, limit } = newLimit(rate);
        const started = clock.now;
        for (const pause of pauses) {
          clock.now += pause;
          await limit.take();
        }
        expect(pauses.length).toBeLessThanOrEqual(((clock.now - started) / 1000) * rate + 1 + 1e-6);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});
