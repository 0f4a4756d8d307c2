import { describe, expect, it } from 'vitest';
import { generatorLimit } from '../../src/models/generator-limit.ts';

const second = { cpu: 0.3, loopLag: 0.001, scheduleLag: 0.001 };
const seconds = (count: number, change: Partial<typeof second> = {}) =>
  Array.from({ length: count }, () => ({ ...second, ...change }));

describe('the limit of a generator', () => {
  it('is not reached by one that has time to spare', () => {
    expect(generatorLimit(seconds(10), 1)).toBeUndefined();
  });

  it('is reached when iterations start late', () => {
    expect(generatorLimit(seconds(10, { scheduleLag: 0.06 }), 1)).toMatchObject({ scheduleLag: 0.06 });
  });

  it('is reached when the event loop is late, which closed-loop runs have instead', () => {
    expect(generatorLimit(seconds(10, { loopLag: 0.06 }), 1)).toMatchObject({ loopLag: 0.06 });
  });

  it('counts the cores that the workers could have used', () => {
    const busy = seconds(10, { cpu: 0.95 });
    expect(generatorLimit(busy, 1)).toMatchObject({ cpu: 0.95 });
    expect(generatorLimit(busy, 2)).toBeUndefined();
  });

  it('is not told by one bad second in thirty, nor from two seconds', () => {
    expect(generatorLimit([...seconds(29), ...seconds(1, { scheduleLag: 1, cpu: 1 })], 1)).toBeUndefined();
    expect(generatorLimit(seconds(2, { cpu: 1 }), 1)).toBeUndefined();
  });
});
