import { describe, expect, it } from 'vitest';
import type { Tick } from '../../src/load/workers/messages.ts';
import { mergeTicks, Seconds } from '../../src/load/workers/seconds.ts';
import { COARSE_BITS, Histogram } from '../../src/models/histogram.ts';

function histogram(...values: number[]) {
  const made = new Histogram(COARSE_BITS);
  for (const value of values) made.record(value);
  return made.toJSON();
}

function tick(second: number, change: Partial<Tick> = {}): Tick {
  return {
    second,
    t: second,
    seconds: 1,
    classes: {},
    startLag: histogram(),
    loopLag: 0,
    inFlight: 0,
    health: { answered: 0, refused: 0, lastRefusal: '' },
    results: undefined,
    ...change,
  };
}

const generator = { cpu: 0.5, dropped: 0, iterations: 3, vus: 2 };

describe('a second of several workers', () => {
  it('is one row: counts add, lags are the worst, histograms merge', () => {
    const row = mergeTicks(
      [
        tick(4, {
          classes: { home: { count: 2, failures: 1, latency: histogram(0.1, 0.2) } },
          startLag: histogram(0.001),
          loopLag: 0.01,
          inFlight: 2,
        }),
        tick(4, {
          t: 4.2,
          seconds: 1.2,
          classes: {
            home: { count: 1, failures: 0, latency: histogram(0.4) },
            away: { count: 1, failures: 0, latency: histogram(0.3) },
          },
          startLag: histogram(0.003),
          inFlight: 1,
        }),
      ],
      generator,
    );
    expect(row).toMatchObject({
      t: 4.2,
      seconds: 1.2,
      generator: { ...generator, loopLag: 0.01, inFlight: 3 },
    });
    expect(row.classes.home).toEqual({ count: 3, failures: 1, latency: histogram(0.1, 0.2, 0.4) });
    expect(row.classes.away?.count).toBe(1);
    expect(row.generator.scheduleLag).toBeGreaterThan(0.0029);
  });

  it('is complete when all have told of it', () => {
    const complete: [number, number][] = [];
    const [a, b] = [{}, {}];
    const seconds = new Seconds([a, b], (second, ticks) => complete.push([second, ticks.length]));
    seconds.add(a, tick(1));
    seconds.add(a, tick(2));
    expect(complete).toEqual([]);
    seconds.add(b, tick(1));
    expect(complete).toEqual([[1, 2]]);
    seconds.leave(b);
    expect(complete).toEqual([
      [1, 2],
      [2, 1],
    ]);
  });

  it('does not wait for a worker that is stuck for more than two seconds', () => {
    const complete: number[] = [];
    const [a, b] = [{}, {}];
    const seconds = new Seconds([a, b], (second) => complete.push(second));
    for (const second of [1, 2, 3, 4]) seconds.add(a, tick(second));
    expect(complete).toEqual([1, 2]);
  });
});
