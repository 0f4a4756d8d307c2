import { expect, it } from 'vitest';
import { defaultRelease } from '../../../src/models/hpa/version.ts';
import { traceDifference, vectorDifference } from './agreement.ts';
import { readTraces, vectors } from './recorded.ts';

const recorded = readTraces();

it('has all that was recorded', () => {
  expect(vectors).toHaveLength(99);
  expect(recorded.reduce((count, { expected }) => count + expected.length, 0)).toBe(9600);
});

it.each(vectors.map((vector) => [vector.id, vector] as const))('answers %s as recorded', (_, vector) => {
  expect(vectorDifference(vector)).toBeUndefined();
});

it('decides all 9,600 syncs as the real controller did: replicas, proposal and reasons', () => {
  expect(recorded.flatMap((each) => traceDifference(each, defaultRelease) ?? [])).toEqual([]);
});

it('differs from the recorded traces, whose tolerance is that of 1.33, in the form of 1.32', () => {
  expect(recorded.filter((each) => traceDifference(each, 32) !== undefined).length).toBeGreaterThan(2);
});
