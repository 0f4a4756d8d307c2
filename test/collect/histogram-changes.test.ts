import { expect, it } from 'vitest';
import { changedHistograms } from '../../src/collect/histogram-changes.ts';

const before = { a: { bounds: [1, 2], counts: [0, 1, 2] }, b: { bounds: [1], counts: [3, 3] } };

it('finds the histograms that are new, have counted, or have other bounds', () => {
  const now = {
    a: { bounds: [1, 2], counts: [0, 1, 3] },
    b: { bounds: [1], counts: [3, 3] },
    c: { bounds: [], counts: [0] },
  };
  expect(changedHistograms(before, now)).toEqual({ a: now.a, c: now.c });
  const wider = { bounds: [2], counts: [3, 3] };
  expect(changedHistograms(before, { ...before, b: wider })).toEqual({ b: wider });
});

it('finds nothing where nothing changed, or a histogram is gone', () => {
  expect(changedHistograms(before, structuredClone(before))).toBeUndefined();
  expect(changedHistograms(before, { a: before.a })).toBeUndefined();
});
