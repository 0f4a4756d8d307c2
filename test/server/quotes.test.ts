import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../server/trading/news.ts';
import {
  createQuotes,
  majorBound,
  type Quote,
  startPrices,
  stepMs,
  symbols,
} from '../../server/trading/quotes.ts';

const points = (price: string): number => Number(price.replace('.', ''));
const dayMs = 86_400_000;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
/** A start within twenty years, and times up to ten years after it. */
const epochs = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) });
const delays = fc.oneof(fc.integer({ min: 0, max: dayMs }), fc.integer({ min: 0, max: 3650 * dayMs }));

function quotesAt(seed: number, epoch: number, delay: number, announced: number[] = []): Quote[] {
  return createQuotes(seed, epoch, () => epoch + delay, createCalendar(announced)).all();
}

describe('quotes', () => {
  it('start at the stated prices, half the spread to each side', () => {
    const quotes = createQuotes(1, 0, () => 0);
    expect(quotes.quote('EURUSD')).toEqual({
      symbol: 'EURUSD',
      bid: '1.08496',
      ask: '1.08504',
      spread: '0.00008',
      usdPerBase: '1.0850000000',
      usdPerQuote: '1.0000000000',
      at: 0,
    });
    // 1 / 149.5 = 0.00668896...
    expect(quotes.quote('USDJPY')).toMatchObject({
      bid: '149.495',
      ask: '149.505',
      usdPerQuote: '0.0066889632',
    });
    // A cross converts each side through the dollar, and costs what its sides cost: 1.085 / 1.27 = 0.854330...
    expect(quotes.quote('EURGBP')).toMatchObject({
      ...{ bid: '0.85427', ask: '0.85439', usdPerBase: '1.0850000000', usdPerQuote: '1.2700000000' },
    });
    expect(startPrices[symbols.indexOf('EURJPY')]).toBe('162.208');
  });

  it('know no other symbol', () => {
    const quotes = createQuotes(1, 0, () => 0);
    for (const symbol of ['XXXYYY', 'eurusd', '', '__proto__', 'constructor'])
      expect(quotes.quote(symbol)).toBeUndefined();
  });

  it('are the same in every replica, however often each was read and however late it started', () => {
    fc.assert(
      fc.property(
        ...([seeds, epochs] as const),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 3000 }), delays), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 0, max: dayMs }), { maxLength: 3 }),
        (seed, epoch, pauses, news) => {
          const calendar = createCalendar(news.map((delay) => epoch + delay));
          let now = epoch;
          const often = createQuotes(seed, epoch, () => now, calendar);
          for (const pause of pauses) {
            now += pause;
            often.quote('EURGBP');
          }
          // Had each step to be replayed, decades of them would not be done before the test times out.
          const once = createQuotes(seed, epoch, () => now, calendar);
          expect(once.all()).toEqual(often.all());
        },
      ),
      { seed: 21 },
    );
  });

  it('differ by seed and move with time, in steps', () => {
    expect(quotesAt(1, 0, 60_000)).not.toEqual(quotesAt(2, 0, 60_000));
    expect(quotesAt(1, 0, 60_000)).not.toEqual(quotesAt(1, 0, 120_000));
    expect(quotesAt(1, 0, 60_000)).toEqual(quotesAt(1, 0, 60_000 + stepMs - 1));
    // A clock that runs behind the one that set the epoch.
    expect(quotesAt(1, 1000, -1000)).toEqual(quotesAt(1, 1000, 0));
  });

  it('have two sides, at least the resting spread apart, whatever the news', () => {
    const resting = createQuotes(1, 0, () => 0).all();
    fc.assert(
      fc.property(seeds, epochs, delays, fc.array(delays), (seed, epoch, delay, news) => {
        const quotes = quotesAt(
          seed,
          epoch,
          delay,
          news.map((later) => epoch + later),
        );
        quotes.forEach(({ bid, ask, spread }, index) => {
          const { spread: rest = '', bid: restBid = '' } = resting[index] ?? {};
          expect(points(ask) - points(bid)).toBe(points(spread));
          expect(points(spread)).toBeGreaterThanOrEqual(points(rest));
          // Thin hours double it and news makes it at most four times as wide.
          expect(points(spread)).toBeLessThanOrEqual(8 * points(rest));
          expect(bid).toMatch(/^[1-9]?\d+\.\d+$/);
          expect(bid.split('.')[1]?.length).toBe(restBid.split('.')[1]?.length);
        });
      }),
      { seed: 22 },
    );
  });

  it('stay around their start, and crosses between their sides', () => {
    fc.assert(
      fc.property(seeds, epochs, delays, fc.array(delays, { maxLength: 50 }), (seed, epoch, delay, news) => {
        const quotes = quotesAt(
          seed,
          epoch,
          delay,
          news.map((later) => epoch + later),
        );
        for (const [index, { symbol, bid, spread, usdPerBase, usdPerQuote }] of quotes.entries()) {
          const mid = points(bid) + Math.floor(points(spread) / 2);
          const start = points(startPrices[index] ?? '');
          const isCross = !symbol.includes('USD');
          const furthest = isCross ? (1 + majorBound) / (1 - majorBound) - 1 : majorBound;
          expect(Math.abs(mid / start - 1)).toBeLessThanOrEqual(furthest + 1e-9);
          // No way through the dollar is cheaper than the cross: its mid price is theirs.
          const scale = 10 ** (bid.split('.')[1]?.length ?? 0);
          const triangle = (Number(usdPerBase) / Number(usdPerQuote)) * scale;
          expect(Math.abs(mid - triangle)).toBeLessThan(isCross ? 0.51 : 0.01);
        }
      }),
      { seed: 23 },
    );
  });

  it('wander less than a tenth in ten ordinary days, and not only a little', () => {
    const epoch = Date.UTC(2026, 5, 1);
    const far = symbols.map(() => 0);
    for (let delay = 0; delay < 10 * dayMs; delay += dayMs / 24) {
      quotesAt(7, epoch, delay).forEach(({ bid }, index) => {
        const start = points(startPrices[index] ?? '');
        far[index] = Math.max(far[index] ?? 0, Math.abs(points(bid) / start - 1));
      });
    }
    for (const furthest of far) {
      expect(furthest).toBeLessThan(0.1);
      expect(furthest).toBeGreaterThan(0.005);
    }
  });
});
