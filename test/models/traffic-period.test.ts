import { expect, it } from 'vitest';
import { Random } from '../../src/models/random.ts';
import { shortestPeriod } from '../../src/models/traffic/period.ts';
import { preset } from '../../src/models/traffic/profile.ts';
import { expectedRates } from '../../src/models/traffic/traffic.ts';

const start = Date.parse('2026-06-01T00:00:00Z') / 1000;
const day = (rate: (t: number) => number) => Float64Array.from({ length: 5760 }, (_, k) => rate(k * 15));

it.each([120, 600, 1800, 3000])('finds waves of %i s, on a day that swells', (period) => {
  const random = new Random(1);
  const rates = day(
    (t) =>
      500 +
      300 * Math.sin((t / 86_400) * 2 * Math.PI) +
      150 * Math.sin((t / period) * 2 * Math.PI) +
      20 * random.normal(),
  );
  const found = shortestPeriod(rates, 15) ?? Number.NaN;
  expect(Math.abs(found / period - 1)).toBeLessThan(0.05);
});

it.each(['flat', 'fx-centre-share', 'fx-overlap-heavy'] as const)('finds none in %s', (name) => {
  const traffic = { base: { profile: preset(name), mean: 500 }, events: [], scale: 1 };
  expect(shortestPeriod(expectedRates(traffic, start, 15, 40_320), 15)).toBeUndefined();
});

it('finds none in noise, in small waves, in one crowd, and in a few steps', () => {
  const random = new Random(2);
  expect(
    shortestPeriod(
      day(() => 500 + 100 * random.normal()),
      15,
    ),
  ).toBeUndefined();
  expect(
    shortestPeriod(
      day((t) => 500 + 10 * Math.sin(t / 100)),
      15,
    ),
  ).toBeUndefined();
  const crowd = day((t) => 500 + (t > 40_000 ? 1500 * Math.exp(-(t - 40_000) / 900) : 0));
  expect(shortestPeriod(crowd, 15)).toBeUndefined();
  expect(shortestPeriod(new Float64Array([1, 2, 1]), 15)).toBeUndefined();
});
