import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fitHotPages,
  hotPagesFor,
  imagesAfter,
  imagesPerTransaction,
  transactionsFor,
  transactionsSince,
  transactionsUntil,
} from '../../src/models/full-page.ts';
import { Random } from '../../src/models/random.ts';

const hot = fc.record({
  pages: fc.double({ min: 10, max: 1e6, noNaN: true }),
  touches: fc.double({ min: 0.1, max: 20, noNaN: true }),
});
/** In units of 1/k, so that neither everything nor nothing was touched. */
const spans = fc.double({ min: 0.01, max: 8, noNaN: true });
const near = (actual: number, expected: number, share = 1e-6) =>
  expect(Math.abs(actual / expected - 1)).toBeLessThan(share);

describe('full-page images', () => {
  // Measured with PostgreSQL 15.18, 1,600 hot pages: planning notes 5.2.
  it.each([
    [2000, 0.571],
    [8000, 0.199],
    [90_000, 0.018],
  ])('of each of %d transactions since a checkpoint are %d', (transactions, images) => {
    expect(imagesPerTransaction(transactions, { pages: 1600, touches: 1 })).toBeCloseTo(images, 3);
  });

  it('are one for each touch at first, and never more than there are pages', () => {
    expect(imagesPerTransaction(0, { pages: 1600, touches: 3 })).toBe(3);
    expect(imagesAfter(0, { pages: 1600, touches: 3 })).toBe(0);
    expect(imagesAfter(1e9, { pages: 1600, touches: 3 })).toBe(1600);
  });

  it('lead back to the transactions and to the pages', () => {
    fc.assert(
      fc.property(hot, spans, (model, span) => {
        const transactions = (span * model.pages) / model.touches;
        const images = imagesAfter(transactions, model);
        near(transactionsFor(images, model), transactions);
        near(hotPagesFor(images, transactions, model.touches), model.pages);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('fill a log after as many transactions as its bytes say', () => {
    fc.assert(
      fc.property(hot, spans, (model, span) => {
        const transactions = (span * model.pages) / model.touches;
        const bytes = 630 * transactions + 7500 * imagesAfter(transactions, model);
        near(transactionsUntil(bytes, 630, 7500, model), transactions);
        const k = model.touches / model.pages;
        const untouched = model.pages - imagesAfter(transactions, model);
        near(transactionsSince(bytes, 630, 7500, { k, untouched }), transactions);
      }),
      { seed: 2, numRuns: 200 },
    );
    expect(transactionsSince(0, 630, 7500, { k: 1, untouched: 1 })).toBe(0);
  });

  it.each<[string, () => number]>([
    ['no pages', () => imagesAfter(1, { pages: 0, touches: 1 })],
    ['a negative count', () => imagesAfter(-1, { pages: 10, touches: 1 })],
    ['more images than pages', () => transactionsFor(10, { pages: 10, touches: 1 })],
    ['more images than touches', () => hotPagesFor(11, 10)],
    ['no images', () => hotPagesFor(0, 10)],
    ['transactions without bytes', () => transactionsUntil(10, 0, 1, { pages: 1, touches: 1 })],
    ['a checkpoint in the future', () => transactionsSince(-1, 1, 1, { k: 1, untouched: 1 })],
  ])('refuse %s', (_, of) => {
    expect(of).toThrow(RangeError);
  });
});

describe('fitHotPages', () => {
  const model = { pages: 1600, touches: 2.4 };
  const seen = (from: number, counts: number[], noise = 0) => {
    const random = new Random(3);
    let n = from;
    return counts.map((transactions) => {
      const images = imagesAfter(n + transactions, model) - imagesAfter(n, model);
      n += transactions;
      return { transactions, images: Math.max(0, images + noise * Math.sqrt(images) * random.normal()) };
    });
  };

  it('finds the pages from how their images become fewer', () => {
    const fit = fitHotPages(seen(0, Array(20).fill(150)));
    near(fit?.pages ?? 0, model.pages, 1e-4);
    near(fit?.touches ?? 0, model.touches, 1e-4);
  });

  it('finds them from later on, when it is told how late that is', () => {
    const fit = fitHotPages(seen(600, Array(20).fill(150)), 600);
    near(fit?.pages ?? 0, model.pages, 1e-4);
    near(fit?.touches ?? 0, model.touches, 1e-4);
  });

  it('finds them about, where the images are counted with chance', () => {
    const fit = fitHotPages(seen(0, [80, 160, 120, 150, 200, 90, 140, 160, 150, 150, 170, 130], 1));
    near(fit?.pages ?? 0, model.pages, 0.1);
    near(fit?.touches ?? 0, model.touches, 0.1);
  });

  it.each<[string, { transactions: number; images: number }[]]>([
    ['as many as ever', Array(20).fill({ transactions: 100, images: 40 })],
    ['none', Array(20).fill({ transactions: 100, images: 0 })],
    ['at random', [3, 9, 1, 8, 2, 9, 3, 7, 9, 2, 8].map((images) => ({ transactions: 100, images }))],
    ['too few to tell', seen(0, [400, 400])],
    ['hardly fewer', seen(0, Array(20).fill(5))],
  ])('finds none where there were %s', (_, counts) => {
    expect(fitHotPages(counts)).toBeUndefined();
  });
});
