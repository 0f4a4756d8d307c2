import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  divisionOf,
  equalPart,
  parseRatio,
  parseSegment,
  parseSequence,
  placeOf,
  scale,
  stripesOf,
  unscale,
} from '../../src/load/schedule/segment.ts';

const divisionAt = (sequence: string, segment: string) =>
  placeOf(parseSegment(segment), parseSequence(sequence));

describe('execution segments', () => {
  it('deal indices in the stripes that k6 deals', () => {
    const sequence = '0,.3,.5,.6,.7,.8,.9,1';
    expect(stripesOf(divisionAt(sequence, '0:.3'))).toEqual({ start: 0, offsets: [4, 3, 3], length: 10 });
    expect(stripesOf(divisionAt(sequence, '.3:.5'))).toEqual({ start: 1, offsets: [4, 6], length: 10 });
  });

  it('cut a schedule anew by the VUs that each part has', () => {
    const indices = ['0:1/4', '1/4:3/4', '3/4:1'].map((segment) => {
      const stripes = stripesOf(divisionOf(5, divisionAt('0,1/4,3/4,1', segment)));
      if (stripes === undefined) throw new Error('the part is empty');
      return Array.from({ length: scale(stripes, 21) }, (_, k) => unscale(stripes, k));
    });
    expect(indices).toEqual([
      [1, 6, 11, 16],
      [0, 2, 4, 5, 7, 9, 10, 12, 14, 15, 17, 19, 20],
      [3, 8, 13, 18],
    ]);
  });

  it.each([
    ['1/3', [1n, 3n]],
    ['0.25', [1n, 4n]],
    ['20%', [1n, 5n]],
    ['12.5%', [1n, 8n]],
    ['1', [1n, 1n]],
  ])('read %s', (text, [numerator, denominator]) => {
    expect(parseRatio(text)).toEqual({ numerator, denominator });
  });

  it.each(['', 'x', '1/0', '3/2', '-1', '1:2:3'])('refuse %j', (text) => {
    expect(() => parseSegment(text)).toThrow(RangeError);
  });

  it('refuse what is empty, shrinks or is not in its sequence', () => {
    expect(() => parseSegment('1/2:1/2')).toThrow('is empty');
    expect(() => parseSequence('0,1/2,1/3')).toThrow('growing shares');
    expect(() => divisionAt('0,1/2,1', '0:1/3')).toThrow('is not one of');
  });

  it('leave the rest around a segment without a sequence to others', () => {
    expect(stripesOf(placeOf(parseSegment('1/4:1/2'), undefined))).toEqual(
      stripesOf(divisionAt('0,1/4,1/2,1', '1/4:1/2')),
    );
  });

  const shares = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

  it('give every index to exactly one part', () => {
    fc.assert(
      fc.property(shares, fc.nat(200), (all, count) => {
        const whole = BigInt(all.reduce((sum, share) => sum + share, 0));
        const lengths = all.map((share) => ({ numerator: BigInt(share), denominator: whole }));
        const dealt = all.flatMap((_, at) => {
          const stripes = stripesOf({ lengths, at });
          if (stripes === undefined) return [];
          return Array.from({ length: scale(stripes, count) }, (_, k) => unscale(stripes, k));
        });
        expect(dealt.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
      { seed: 1 },
    );
  });

  it('count as many indices as lie below a number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(100), (parts, count) => {
        const stripes = stripesOf(equalPart(parts, parts - 1));
        if (stripes === undefined) throw new Error('an equal part is never empty');
        expect(unscale(stripes, scale(stripes, count))).toBeGreaterThanOrEqual(count);
      }),
      { seed: 2 },
    );
  });
});
