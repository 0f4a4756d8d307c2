import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCalendar, effectOf } from '../../server/trading/news.ts';
import { createQuotes, type Quote } from '../../server/trading/quotes.ts';
import { activity, openSessions, spreadFactor } from '../../server/trading/sessions.ts';
import { testApp } from './app.ts';

const points = (price = ''): number => Number(price.replace('.', ''));
const minuteMs = 60_000;
const at = (time: string): number => Date.parse(time);
const open = (time: string): string[] => openSessions(at(time)).map(({ city }) => city);

describe('sessions', () => {
  it.each([
    // A Wednesday in January and one in July: London and New York change their clocks, Tokyo does not.
    ['2026-01-14T00:00Z', ['Sydney', 'Tokyo']],
    ['2026-01-14T07:59Z', ['Tokyo']],
    ['2026-01-14T08:00Z', ['Tokyo', 'London']],
    ['2026-01-14T13:00Z', ['London', 'New York']],
    ['2026-01-14T17:00Z', ['New York']],
    ['2026-07-15T07:00Z', ['Tokyo', 'London']],
    ['2026-07-15T12:00Z', ['London', 'New York']],
    ['2026-07-15T16:00Z', ['New York']],
    // In July nobody is at work between New York's evening and Sydney's morning.
    ['2026-07-15T21:30Z', []],
    // The week: Friday evening in New York to Monday morning in Sydney.
    ['2026-01-16T21:59Z', ['New York']],
    ['2026-01-16T22:00Z', []],
    ['2026-01-17T12:00Z', []],
    ['2026-01-18T20:59Z', []],
    ['2026-01-18T21:00Z', ['Sydney']],
  ])('at %s are %s', (time, cities) => {
    expect(open(time)).toEqual(cities);
  });

  it('make the symbols of their currencies busy, and spreads rest', () => {
    const weekend = openSessions(at('2026-01-17T12:00Z'));
    const tokyo = openSessions(at('2026-01-14T07:00Z'));
    const overlap = openSessions(at('2026-01-14T14:00Z'));
    expect([activity('EURUSD', weekend), spreadFactor(weekend)]).toEqual([0.25, 2]);
    expect([activity('EURUSD', tokyo), activity('USDJPY', tokyo)]).toEqual([0.5, 0.625]);
    expect(activity('EURUSD', overlap)).toBeCloseTo(1.6, 10);
    expect([tokyo, overlap].map(spreadFactor)).toEqual([1, 1]);
  });
});

describe('the calendar', () => {
  const times = (from: string, to: string) =>
    createCalendar()
      .between(at(from), at(to))
      .map(({ at: time, currency }) => `${new Date(time).toISOString().slice(0, 16)} ${currency}`);

  it('goes by the clocks of the cities, on working days', () => {
    expect(times('2026-01-14T00:00Z', '2026-01-15T00:00Z')).toEqual([
      ...['2026-01-14T07:00 GBP', '2026-01-14T13:15 EUR', '2026-01-14T13:30 USD', '2026-01-14T23:50 JPY'],
    ]);
    expect(times('2026-07-15T00:00Z', '2026-07-16T00:00Z')).toEqual([
      ...['2026-07-15T06:00 GBP', '2026-07-15T12:15 EUR', '2026-07-15T12:30 USD', '2026-07-15T23:50 JPY'],
    ]);
    // From Friday afternoon to Sunday night there is only Tokyo's Monday morning.
    expect(times('2026-01-16T13:31Z', '2026-01-19T00:00Z')).toEqual(['2026-01-18T23:50 JPY']);
    expect(times('2026-01-14T13:30Z', '2026-01-14T13:31Z')).toEqual(['2026-01-14T13:30 USD']);
    expect(times('2026-01-14T13:29Z', '2026-01-14T13:30Z')).toEqual([]);
  });

  it('has what was announced', () => {
    const news = createCalendar([at('2026-01-17T10:00Z')]).between(
      at('2026-01-17T00:00Z'),
      at('2026-01-18T00:00Z'),
    );
    expect(news).toEqual([{ at: at('2026-01-17T10:00Z'), currency: 'USD', title: 'US announcement' }]);
  });

  describe('of the API', () => {
    afterEach(() => vi.useRealTimers());

    it('is that of the next 24 hours', async () => {
      const { app } = await testApp('postgres://127.0.0.1:1/none');
      vi.useFakeTimers({ toFake: ['Date'], now: at('2026-01-14T13:30:00Z') });
      const response = await app.inject('/api/calendar');
      expect(response.json()).toEqual({
        news: [
          { time: '2026-01-14T13:30:00.000Z', currency: 'USD', title: 'US economic data' },
          { time: '2026-01-14T23:50:00.000Z', currency: 'JPY', title: 'Japanese economic data' },
          { time: '2026-01-15T07:00:00.000Z', currency: 'GBP', title: 'British economic data' },
          { time: '2026-01-15T13:15:00.000Z', currency: 'EUR', title: 'European Central Bank' },
        ],
      });
      await app.close();
    });
  });
});

describe('news', () => {
  const out = at('2026-01-14T10:00Z');
  const news = createCalendar([out]).between(out, out + 1);
  const effect = (symbol: string, minutes: number, seed = 1) =>
    effectOf(news, symbol, out + minutes * minuteMs, seed);

  it('widens spreads a minute before, then two to four times for five minutes, and stirs prices for ten', () => {
    expect(effect('EURUSD', -1.01)).toEqual({ jump: 0, volatility: 1, spread: 1 });
    expect(effect('EURUSD', -1)).toEqual({ jump: 0, volatility: 1, spread: 2 });
    for (let seed = 0; seed < 100; seed++) {
      const { spread, volatility } = effect('EURUSD', 0, seed);
      expect(spread).toBeGreaterThanOrEqual(2);
      expect(spread).toBeLessThan(4);
      expect(volatility).toBeGreaterThanOrEqual(3);
      expect(volatility).toBeLessThan(5);
      expect(effect('EURUSD', 2.5, seed).spread).toBeCloseTo(1 + (spread - 1) / 2, 10);
      expect(effect('EURUSD', 5, seed)).toMatchObject({ spread: 1, volatility: 1 + (volatility - 1) / 2 });
      expect(effect('EURUSD', 10, seed).volatility).toBe(1);
    }
  });

  it('moves all prices of its currency one way, by the seed, and back in six hours', () => {
    const jumps = Array.from({ length: 100 }, (_, seed) => effect('USDJPY', 0, seed).jump);
    expect(jumps.filter((jump) => jump > 0).length).toBeGreaterThan(25);
    expect(jumps.filter((jump) => jump < 0).length).toBeGreaterThan(25);
    for (const [seed, jump] of jumps.entries()) {
      expect(Math.abs(jump)).toBeGreaterThanOrEqual(0.5);
      expect(Math.abs(jump)).toBeLessThanOrEqual(1);
      expect(effect('EURUSD', 0, seed).jump).toBe(-jump);
      expect(effect('USDJPY', 180, seed).jump).toBeCloseTo(jump / 2, 10);
      expect(effect('USDJPY', 360, seed).jump).toBe(0);
    }
    expect(effect('EURGBP', 0)).toEqual({ jump: 0, volatility: 1, spread: 1 });
  });

  it('shows in the quotes, and only that of after the epoch', () => {
    const epoch = out - 10 * minuteMs;
    let now = epoch;
    const quotes = createQuotes(3, epoch, () => now, createCalendar([out]));
    const calm = createQuotes(3, epoch, () => now);
    const read = (minutes: number, from = quotes): Quote | undefined => {
      now = out + minutes * minuteMs;
      return from.quote('EURUSD');
    };
    expect(read(-2)).toEqual(read(-2, calm));
    expect([-1, 6].map((minutes) => read(minutes)?.spread)).toEqual(['0.00016', '0.00008']);
    expect(points(read(0)?.spread)).toBeGreaterThanOrEqual(16);
    // 120 swings of 3 points, at least half of them; and the walk's own steps are up to five times as large.
    expect(Math.abs(points(read(6)?.bid) - points(read(6, calm)?.bid))).toBeGreaterThan(100);
    const later = createQuotes(3, out + 1000, () => out + 1000, createCalendar([out]));
    expect(later.quote('EURUSD')).toMatchObject({ bid: '1.08496', ask: '1.08504' });
  });
});

describe('the day', () => {
  /** The mean move per step, in points, over half an hour. */
  function liveliness(symbol: string, from: string): number {
    const start = at(from);
    let now = start;
    // The epoch is a day before, so that all octaves of the walk are under way.
    const quotes = createQuotes(5, start - 86_400_000, () => now);
    const mid = () => points(quotes.quote(symbol)?.bid);
    let moved = 0;
    let last = mid();
    for (let step = 0; step < 7200; step++) {
      now += 250;
      moved += Math.abs(mid() - last);
      last = mid();
    }
    return moved / 7200;
  }

  it('is livelier the more centres are at work, and quotes on at the weekend', () => {
    const [weekend = 0, tokyo = 0, overlap = 0] = ['17T12:00Z', '14T06:30Z', '14T15:00Z'].map((time) =>
      liveliness('EURUSD', `2026-01-${time}`),
    );
    expect(weekend).toBeGreaterThan(0.2);
    expect(tokyo).toBeGreaterThan(1.3 * weekend);
    expect(overlap).toBeGreaterThan(2 * tokyo);
  });
});
