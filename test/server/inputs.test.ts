import { describe, expect, it } from 'vitest';
import { isoTimestamp } from '../../server/database/pool.ts';
import { parsePeriod } from '../../server/http/period.ts';
import { parseVolume } from '../../server/trading/trades.ts';

describe('a volume', () => {
  it.each([
    ['1', '1.00'],
    [1, '1.00'],
    [0.1, '0.10'],
    [0.07, '0.07'],
    ['0.01', '0.01'],
    ['007.5', '7.50'],
    [99999999.99, '99999999.99'],
  ])('%j is %s lots', (value, expected) => {
    expect(parseVolume(value)).toBe(expected);
  });

  it.each([
    0,
    '0.00',
    -1,
    '-1',
    1.234,
    '1.234',
    1e8,
    '100000000',
    1e-7,
    1e21,
    '1e3',
    '',
    ' 1',
    '.5',
    '5.',
    'NaN',
  ])('%j is none', (value) => {
    expect(parseVolume(value)).toBeUndefined();
  });
});

describe('a period', () => {
  const userId = 'u';
  const now = Date.UTC(2026, 0, 10, 12);

  it('is by default the last day, and a minute more for a database whose clock is ahead', () => {
    expect(parsePeriod({ userId }, now)).toEqual({
      userId,
      from: '2026-01-09T12:00:00.000Z',
      to: '2026-01-10T12:01:00.000Z',
    });
  });

  it('is the day before `to` when only that is given, and keeps its microseconds', () => {
    const to = '2026-01-05T00:00:00.000001Z';
    expect(parsePeriod({ userId, to }, now)).toEqual({ userId, from: '2026-01-04T00:00:00.000Z', to });
  });

  it.each([
    { from: '2026-01-02T00:00:00Z', to: '2026-01-02T00:00:00Z' },
    { from: '2026-02-01T00:00:00Z' },
    { from: '0000-12-31T00:00:00Z' },
    { to: '2026-01-01T23:59:60Z' },
  ])('%j is refused', (period) => {
    expect(() => parsePeriod({ userId, ...period }, now)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });
});

it.each([
  ['2026-01-02 03:04:05.678901+00', '2026-01-02T03:04:05.678901Z'],
  ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05Z'],
  ['2026-01-02 03:04:05.5+05:30', '2026-01-01T21:34:05.500Z'],
])('the timestamp %s is %s', (text, iso) => {
  expect(isoTimestamp(text)).toBe(iso);
});
