import { describe, expect, it } from 'vitest';
import * as flags from '../../src/planners/flags.ts';

const { parseEvent, parseSlo, parseMix, parseGrowth, parseHorizon, parseConfidence } = flags;
const { parseSeed, parseZones, parsePositive, parseTime, parseKilobytes, parseGigabytes } = flags;

describe('the flags of plan', () => {
  it.each<[(text: string) => unknown, string, unknown]>([
    [parseEvent, 'nfp:3:60s:30m', { name: 'nfp', multiplier: 3, rise: 60, decay: 1800 }],
    [parseEvent, 'ECB fix:1.5:0s:1h', { name: 'ECB fix', multiplier: 1.5, rise: 0, decay: 3600 }],
    [parseSlo, 'p99=250ms', { quantile: 0.99, seconds: 0.25 }],
    [parseSlo, 'trade:p95=1.5s', { class: 'trade', quantile: 0.95, seconds: 1.5 }],
    [parseSlo, 'a:b:p50=1s', { class: 'a:b', quantile: 0.5, seconds: 1 }],
    [parseMix, 'quote=70,trade=30', { quote: 70, trade: 30 }],
    [parseMix, 'quote=70%,trade=0', { quote: 70, trade: 0 }],
    [parseGrowth, '20%/y', 0.2],
    [parseGrowth, '0%/y', 0],
    [parseHorizon, '18mo', 18],
    [parseHorizon, '2y', 24],
    [parseConfidence, '95%', 0.95],
    [parseConfidence, '50%', 0.5],
    [parseSeed, '0', 0],
    [parseZones, '3', 3],
    [parsePositive, '5e6', 5e6],
    [parseTime, '100ms', 0.1],
    [parseKilobytes, '2', 2048],
    [parseGigabytes, '100', 100 * 2 ** 30],
  ])('%o reads %s', (parse, text, value) => {
    expect(parse(text)).toEqual(value);
  });

  it('compounds a monthly growth', () => {
    expect(parseGrowth('2%/mo')).toBeCloseTo(0.26824, 5);
  });

  it('keeps 99.9 as it is', () => {
    expect(parseSlo('p99.9=1s').quantile).toBeCloseTo(0.999, 12);
  });

  it.each<[(text: string) => unknown, string]>([
    [parseEvent, 'nfp'],
    [parseEvent, 'nfp:3:60s'],
    [parseEvent, 'nfp:3:60s:30m:1'],
    [parseEvent, ':3:60s:30m'],
    [parseEvent, 'nfp:0.5:60s:30m'],
    [parseEvent, 'nfp:x:60s:30m'],
    [parseEvent, 'nfp:3:60:30m'],
    [parseSlo, 'p99'],
    [parseSlo, '99=1s'],
    [parseSlo, 'p0=1s'],
    [parseSlo, 'p100=1s'],
    [parseSlo, 'p99=0s'],
    [parseSlo, 'p99=fast'],
    [parseMix, ''],
    [parseMix, 'quote'],
    [parseMix, 'quote=-1'],
    [parseMix, 'quote=1,quote=2'],
    [parseMix, 'quote=0'],
    [parseMix, '=3'],
    [parseGrowth, '20%'],
    [parseGrowth, '0.2/y'],
    [parseGrowth, '-5%/y'],
    [parseHorizon, '12'],
    [parseHorizon, '0mo'],
    [parseConfidence, '95'],
    [parseConfidence, '100%'],
    [parseConfidence, '49%'],
    [parseSeed, '-1'],
    [parseSeed, '1.5'],
    [parseSeed, '1e400'],
    [parseZones, '1'],
    [parseZones, 'three'],
    [parsePositive, '0'],
    [parsePositive, '-3'],
    [parseTime, '0s'],
    [parseKilobytes, '0'],
    [parseGigabytes, 'many'],
  ])('%o refuses %j in one line that says what would be right', (parse, text) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringMatching(/^".*" is not [^\n]*: [^\n]+$/),
      }),
    );
  });
});
