import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isotonic } from '../../src/models/isotonic.ts';
import { responseTail } from '../../src/models/queueing/mmc.ts';
import { Random } from '../../src/models/random.ts';
import { type Span, sloBreak } from '../../src/models/slo-break.ts';

describe('isotonic', () => {
  it.each([
    // T. Robertson, F. Wright, R. Dykstra, Order Restricted Statistical Inference, 1988: pools of neighbours.
    [
      [1, 2, 3],
      [1, 1, 1],
      [1, 2, 3],
    ],
    [
      [3, 2, 1],
      [1, 1, 1],
      [2, 2, 2],
    ],
    [
      [1, 3, 2, 4],
      [1, 1, 1, 1],
      [1, 2.5, 2.5, 4],
    ],
    [
      [1, 3, 2, 4],
      [1, 3, 1, 1],
      [1, 2.75, 2.75, 4],
    ],
    [
      [4, 1, 2],
      [1, 2, 1],
      [2, 2, 2],
    ],
  ])('of %j with weights %j is %j', (values, weights, expected) => {
    expect(isotonic(values, weights)).toEqual(expected);
  });

  const weighted = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 30,
  });

  it('never falls, keeps the weighted mean, and changes nothing that is in order', () => {
    fc.assert(
      fc.property(weighted, (pairs) => {
        const values = pairs.map(([value]) => value);
        const weights = pairs.map(([, weight]) => weight);
        const fitted = isotonic(values, weights);
        expect(fitted).toEqual(fitted.toSorted((a, b) => a - b));
        const total = (of: number[]) => of.reduce((sum, value, i) => sum + value * (weights[i] as number), 0);
        expect(total(fitted)).toBeCloseTo(total(values), 6);
        expect(isotonic(fitted, weights)).toEqual(fitted.map((value) => expect.closeTo(value, 9)));
      }),
      { seed: 1 },
    );
  });

  it('is closer than any other sequence that does not fall', () => {
    fc.assert(
      fc.property(weighted, fc.array(fc.integer({ min: -50, max: 50 })), (pairs, other) => {
        const values = pairs.map(([value]) => value);
        const weights = pairs.map(([, weight]) => weight);
        const rival = values.map((_, i) => other[i] ?? 0).sort((a, b) => a - b);
        const squares = (fitted: number[]) =>
          fitted.reduce(
            (sum, value, i) => sum + (weights[i] as number) * (value - (values[i] as number)) ** 2,
            0,
          );
        expect(squares(isotonic(values, weights))).toBeLessThanOrEqual(squares(rival) + 1e-9);
      }),
      { seed: 2 },
    );
  });

  it('refuses what has no answer', () => {
    expect(() => isotonic([1], [])).toThrow('differ in length');
    expect(() => isotonic([1], [0])).toThrow('above zero');
    expect(() => isotonic([Number.NaN], [1])).toThrow('finite');
  });
});

/** Spans of five seconds at rising rates on M/M/c, whose late requests are drawn by the law's own probability. */
function queueSpans(seed: number, rates: number[], service: number, servers: number, target: number): Span[] {
  const random = new Random(seed);
  return rates.map((rate) => {
    const requests = Math.round(rate * 5);
    const share = rate * service >= servers ? 0.6 : responseTail(rate, service, servers, target);
    let late = 0;
    for (let i = 0; i < requests; i++) if (random.uniform() < share) late++;
    return { rate, requests, late };
  });
}

describe('where an SLO breaks', () => {
  const rates = Array.from({ length: 40 }, (_, i) => 20 + 10 * i);

  it('is where the queue breaks it, in at least nine of ten runs within the interval', () => {
    // 10 ms on 4 servers within 60 ms: the rate at which one in a hundred is late, by halving.
    let [low, high] = [1, 399];
    while (high - low > 1e-6) {
      const middle = (low + high) / 2;
      if (responseTail(middle, 0.01, 4, 0.06) <= 0.01) low = middle;
      else high = middle;
    }
    let covered = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const found = sloBreak(queueSpans(seed, rates, 0.01, 4, 0.06), 0.01, seed);
      if (found.kind !== 'broke') continue;
      expect(Math.abs(found.rate / low - 1)).toBeLessThan(0.1);
      if (found.low <= low && low <= (found.high ?? Number.POSITIVE_INFINITY)) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(37);
  });

  it('is told as not reached, or as missed from the start', () => {
    const spans = rates.map((rate) => ({ rate, requests: 100, late: 0 }));
    expect(sloBreak(spans, 0.01, 1)).toEqual({ kind: 'held', rate: 410 });
    expect(
      sloBreak(
        spans.map((span) => ({ ...span, late: 5 })),
        0.01,
        1,
      ),
    ).toEqual({ kind: 'never', rate: 20 });
  });

  it('is not moved by one slow span among many at a low rate', () => {
    const spans = rates.map((rate) => ({ rate, requests: rate * 5, late: rate > 300 ? rate : 0 }));
    spans[5] = { ...(spans[5] as Span), late: 9 };
    expect(sloBreak(spans, 0.01, 1)).toMatchObject({ kind: 'broke', rate: expect.closeTo(300, -1) });
  });

  it('has no upper end when the only span that missed it may have done so by chance', () => {
    const spans = rates.map((rate) => ({ rate, requests: 500, late: rate === 410 ? 6 : 0 }));
    expect(sloBreak(spans, 0.01, 1)).toMatchObject({ kind: 'broke', high: null });
  });

  it('does not depend on the order of the spans, and repeats with its seed', () => {
    const spans = queueSpans(3, rates, 0.01, 4, 0.06);
    const found = sloBreak(spans, 0.01, 1);
    expect(sloBreak(spans, 0.01, 1)).toEqual(found);
    expect(sloBreak(spans.toReversed(), 0.01, 1)).toMatchObject({
      kind: 'broke',
      rate: (found as { rate: number }).rate,
    });
    expect(() => sloBreak([], 0.01, 1)).toThrow('at least one span');
  });
});
