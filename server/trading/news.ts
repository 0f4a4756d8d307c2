/** News that moves prices: when it comes out, and what it does to a symbol. */
import { clockTime, instantOf, isWeekday } from './local-time.ts';
import { random } from './noise.ts';

export type News = {
  /** Milliseconds since 1970. */
  at: number;
  currency: string;
  title: string;
};

export type Calendar = {
  /** From `from`, included, to `to`, excluded, in milliseconds since 1970; the earliest first. */
  between(from: number, to: number): News[];
};

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** On every working day, by the clocks of the city. */
const daily = [
  { zone: 'Asia/Tokyo', minutes: 8 * 60 + 50, currency: 'JPY', title: 'Japanese economic data' },
  { zone: 'Europe/London', minutes: 7 * 60, currency: 'GBP', title: 'British economic data' },
  { zone: 'Europe/Berlin', minutes: 14 * 60 + 15, currency: 'EUR', title: 'European Central Bank' },
  { zone: 'America/New_York', minutes: 8 * 60 + 30, currency: 'USD', title: 'US economic data' },
];

/** @param announced when further news about the dollar comes out, in milliseconds since 1970 */
export function createCalendar(announced: readonly number[] = []): Calendar {
  const extra = announced.map((at) => ({ at, currency: 'USD', title: 'US announcement' }));
  return {
    between: (from, to) =>
      [...dailyNews(from, to), ...extra]
        .filter(({ at }) => at >= from && at < to)
        .sort((a, b) => a.at - b.at || a.currency.localeCompare(b.currency)),
  };
}

/** All of the period, and some beside it. */
function dailyNews(from: number, to: number): News[] {
  return daily.flatMap(({ zone, minutes, currency, title }) => {
    const found: News[] = [];
    const lastDay = Math.floor(clockTime(zone, to) / dayMs);
    for (let day = Math.floor(clockTime(zone, from) / dayMs); day <= lastDay; day++) {
      const clock = day * dayMs + minutes * minuteMs;
      if (isWeekday(clock)) found.push({ at: instantOf(zone, clock), currency, title });
    }
    return found;
  });
}

/** Dealers step back before news of which they know the time. */
export const warningMs = minuteMs;
const wideMs = 5 * minuteMs;
const wildMs = 10 * minuteMs;
/** News older than this has no effect. */
export const memoryMs = 6 * 3_600_000;

export type Effect = {
  /** The move of the price, in -1 to 1 of the largest that one piece of news can cause; several add up. */
  jump: number;
  /** What volatility and spread are multiplied with, from 1. */
  volatility: number;
  spread: number;
};

/**
 * What some news does to a symbol at a time: the price jumps, by half to all of the largest jump, and comes back over
 * six hours; it moves three to five times as much, which wears off in ten minutes; the spread doubles a minute before
 * and is two to four times as wide after, which wears off in five. How much of each follows from the seed.
 */
export function effectOf(news: readonly News[], symbol: string, at: number, seed: number): Effect {
  const effect = { jump: 0, volatility: 1, spread: 1 };
  for (const { at: out, currency } of news) {
    const side = sideOf(symbol, currency);
    const age = at - out;
    if (side === 0 || age < -warningMs || age >= memoryMs) continue;
    if (age < 0) {
      effect.spread = Math.max(effect.spread, 2);
      continue;
    }
    const [direction, size] = [random(seed, out / 1000), random(seed + 1, out / 1000)];
    effect.jump += side * (direction < 0.5 ? -1 : 1) * (0.5 + size / 2) * remaining(age, memoryMs);
    effect.volatility = Math.max(effect.volatility, 1 + (2 + 2 * size) * remaining(age, wildMs));
    effect.spread = Math.max(effect.spread, 1 + (1 + 2 * size) * remaining(age, wideMs));
  }
  return effect;
}

/** 1 when a stronger currency raises the price, -1 when it lowers it, 0 when the symbol has nothing to do with it. */
function sideOf(symbol: string, currency: string): -1 | 0 | 1 {
  if (symbol.startsWith(currency)) return 1;
  return symbol.endsWith(currency) ? -1 : 0;
}

/** A straight line from 1 to 0: an exponential may differ in its last bit from machine to machine. */
function remaining(age: number, durationMs: number): number {
  return Math.max(0, 1 - age / durationMs);
}
