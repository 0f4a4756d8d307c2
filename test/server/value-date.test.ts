import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueDate } from '../../server/jobs/settlement.ts';

describe('the value date', () => {
  it.each([
    ['EURUSD', '2026-03-02T10:00:00Z', '2026-03-04'],
    ['EURUSD', '2026-03-05T23:59:59.999999+00:00', '2026-03-09'],
    ['EURUSD', '2026-03-06T10:00:00Z', '2026-03-10'],
    ['EURUSD', '2026-03-07T10:00:00Z', '2026-03-10'],
    ['USDCAD', '2026-03-05T10:00:00Z', '2026-03-06'],
    ['USDCAD', '2026-03-06T10:00:00Z', '2026-03-09'],
    ['USDJPY', '2025-12-30T10:00:00Z', '2026-01-01'],
  ])('of %s traded %s is %s', (symbol, tradedAt, expected) => {
    expect(valueDate(symbol, tradedAt)).toBe(expected);
  });

  it('is two to four days on and never on a weekend', () => {
    const years = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(years, (time) => {
        const date = new Date(valueDate('GBPUSD', new Date(time).toISOString()));
        const days = Math.ceil((date.getTime() - time) / 86_400_000);
        return date.getUTCDay() % 6 !== 0 && days >= 2 && days <= 4;
      }),
      { seed: 1 },
    );
  });
});
