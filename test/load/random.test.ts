import { expect, it } from 'vitest';
import { GoRandom, scriptMath, seedRandom } from '../../src/load/modules/random.ts';
import { testUser } from './test-user.ts';

it.each([
  [123, [0.5813171323049762, 0.026224297271376255]],
  [1, [0.6046602879796196, 0.9405090880450124]],
  [2, [0.16729663442585624, 0.2650543054337802]],
  ['5', [0.8038448294975284]],
  [5, [0.8038448294975284]],
  [1.5, [0.6046602879796196]],
  [-1, [0.3951876009960174]],
  [1e30, [0.8328240056498365]],
  [null, [0.9451961492941164]],
  [Number.POSITIVE_INFINITY, [0.9451961492941164]],
  [undefined, [0.9451961492941164]],
])('randomSeed(%s) gives the numbers that it gives in k6', (seed, numbers) => {
  const { vu } = testUser();
  const math = scriptMath(vu);
  seedRandom(vu, seed);
  expect(numbers.map(() => math.random())).toEqual(numbers);
});

it('goes on beyond the first round of its state', () => {
  const random = new GoRandom(1n);
  const drawn = new Set(Array.from({ length: 5000 }, () => random.next()));
  expect(drawn.size).toBe(5000);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
});
