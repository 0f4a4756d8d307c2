/**
 * The foreign exchange market has no opening hours of its own: it is busy while its centres are at work, each by the
 * clocks of its city, Monday to Friday. They hand over to each other, so the week runs from Monday morning in Sydney
 * to Friday evening in New York. Real markets do not quote between the two. This one does, because a reference
 * platform must run on any day: with nobody at work it is quiet and its spreads are wide.
 */
import { clockTime, isWeekday } from './local-time.ts';

type Session = {
  city: string;
  zone: string;
  /** Hours of the local clock. */
  opens: number;
  closes: number;
  /** Its part in the market's activity, about as the centres share the world's turnover. */
  weight: number;
  /** Currencies that are mostly traded there. */
  home: readonly string[];
};

const sessions: readonly Session[] = [
  { city: 'Sydney', zone: 'Australia/Sydney', opens: 8, closes: 17, weight: 0.1, home: ['AUD', 'NZD'] },
  { city: 'Tokyo', zone: 'Asia/Tokyo', opens: 9, closes: 18, weight: 0.25, home: ['JPY'] },
  { city: 'London', zone: 'Europe/London', opens: 8, closes: 17, weight: 0.5, home: ['EUR', 'GBP', 'CHF'] },
  { city: 'New York', zone: 'America/New_York', opens: 8, closes: 17, weight: 0.4, home: ['USD', 'CAD'] },
];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Activity with nobody at work. */
const quiet = 0.25;
const homeFactor = 1.5;
/** How many times as wide spreads are then. */
const thinSpread = 2;

/** The centres at work; `at` in milliseconds since 1970. */
export function openSessions(at: number): Session[] {
  return sessions.filter(({ zone, opens, closes }) => {
    const clock = clockTime(zone, at);
    const hour = (clock % dayMs) / hourMs;
    return isWeekday(clock) && hour >= opens && hour < closes;
  });
}

/** How much a symbol moves: about 1 while its home market alone is at work, 0.25 at the weekend. */
export function activity(symbol: string, open: readonly Session[]): number {
  const currencies = [symbol.slice(0, 3), symbol.slice(3)];
  return open.reduce((sum, { weight, home }) => {
    const isHome = currencies.some((currency) => home.includes(currency));
    return sum + weight * (isHome ? homeFactor : 1);
  }, quiet);
}

/** What a resting spread is multiplied with. */
export function spreadFactor(open: readonly Session[]): number {
  return open.length === 0 ? thinSpread : 1;
}
