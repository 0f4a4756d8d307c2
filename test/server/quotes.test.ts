import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQuotes, startPrices, stepMs, symbols } from '../../server/quotes.ts';

const points = (price: string): number => Number(price.replace('.', ''));

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
    // A cross converts each side through the dollar.
    expect(quotes.quote('EURGBP')).toMatchObject({ usdPerBase: '1.0850000000', usdPerQuote: '1.2700000000' });
    expect(startPrices[symbols.indexOf('EURJPY')]).toBe('162.200');
  });

  it('know no other symbol', () => {
    const quotes = createQuotes(1, 0, () => 0);
    for (const symbol of ['XXXYYY', 'eurusd', '', '__proto__', 'constructor'])
      expect(quotes.quote(symbol)).toBeUndefined();
  });

  it('are the same in every replica, however often each was read', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 20 }),
        (seed, pauses) => {
          let now = 1_000_000;
          const often = createQuotes(seed, 1_000_000, () => now);
          for (const pause of pauses) {
            now += pause;
            often.quote('EURUSD');
          }
          const once = createQuotes(seed, 1_000_000, () => now);
          expect(once.all()).toEqual(often.all());
        },
      ),
    );
  });

  it('differ by seed and move with time, in steps', () => {
    let now = 0;
    const at = (seed: number, time: number) => {
      now = time;
      return createQuotes(seed, 0, () => now).all();
    };
    expect(at(1, 60_000)).not.toEqual(at(2, 60_000));
    expect(at(1, 60_000)).not.toEqual(at(1, 120_000));
    expect(at(1, 60_000)).toEqual(at(1, 60_000 + stepMs - 1));
  });

  it('keep their spread and stay within a tenth of the start for ten days', () => {
    let now = 0;
    const quotes = createQuotes(7, 0, () => now);
    const first = quotes.all();
    for (now = 0; now < 10 * 86_400_000; now += 3_600_000) {
      quotes.all().forEach((quote, index) => {
        const start = points(first[index]?.bid ?? '');
        expect(points(quote.ask) - points(quote.bid)).toBe(points(quote.spread));
        expect(Math.abs(points(quote.bid) - start)).toBeLessThan(start / 10);
      });
    }
  });
});
