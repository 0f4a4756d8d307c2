/**
 * In-process FX quotes: for each symbol a seeded walk around its start, in whole points (the last decimal of the
 * price), so that a price is an exact decimal. They are a function of the seed and of the time since the epoch alone:
 * replicas that share both quote the same prices, nothing runs between two reads, and a read after a day's silence
 * costs what any other does. How much prices move and how wide they are depends on who is at work (sessions.ts) and on
 * the news (news.ts).
 */
import { type Calendar, createCalendar, effectOf, memoryMs, type News, warningMs } from './news.ts';
import { wander } from './noise.ts';
import { activity, openSessions, spreadFactor } from './sessions.ts';

type Major = {
  /** Decimals of the price. */
  digits: number;
  /** The mid price in points that the walk starts from and stays around. */
  start: number;
  /** Ask minus bid in points, at its narrowest. */
  spread: number;
  /** How far one step moves the price, in points. */
  swing: number;
};

const majors: Record<string, Major> = {
  EURUSD: { digits: 5, start: 108_500, spread: 8, swing: 3 },
  GBPUSD: { digits: 5, start: 127_000, spread: 12, swing: 4 },
  USDJPY: { digits: 3, start: 149_500, spread: 10, swing: 4 },
  USDCHF: { digits: 5, start: 88_500, spread: 14, swing: 2.5 },
  AUDUSD: { digits: 5, start: 65_500, spread: 10, swing: 2 },
  USDCAD: { digits: 5, start: 136_500, spread: 14, swing: 3 },
  NZDUSD: { digits: 5, start: 60_500, spread: 16, swing: 2 },
};

/** Without a walk of their own: a cross follows from its currencies' prices in dollars, or it could be arbitraged. */
const crosses: Record<string, Pick<Major, 'digits' | 'spread'>> = {
  EURGBP: { digits: 5, spread: 12 },
  EURJPY: { digits: 3, spread: 16 },
};

const instruments = new Map(Object.entries({ ...majors, ...crosses }));

export const symbols: readonly string[] = [...instruments.keys()];

/** Prices are decimals in text; `usdPerBase` and `usdPerQuote` convert at mid and have ten decimals. */
export type Quote = {
  symbol: string;
  bid: string;
  ask: string;
  spread: string;
  usdPerBase: string;
  usdPerQuote: string;
  /** Milliseconds since 1970 of the step that made the quote. */
  at: number;
};

export type Quotes = {
  quote(symbol: string): Quote | undefined;
  all(): Quote[];
};

export const stepMs = 250;
const rateScale = 10;
const minuteMs = 60_000;
/** Octaves that activity and news make larger: moves of up to a minute. */
const fast = [0, 8] as const;
/** Octaves that go on regardless: up to nine hours. */
const slow = [8, 17] as const;
/** The largest jump that one piece of news causes, in swings. */
const newsSwings = 120;
/** Whatever the news, a major stays within this part of its start, to both sides. */
export const majorBound = 0.2;
/** Seeds of the majors lie this far apart, more than there are octaves. */
const seedStride = 64;

type Mids = (major: string) => number;

/** Whole points of a symbol, from the points of the majors. */
function midOf(symbol: string, mids: Mids): number {
  if (symbol in majors) return mids(symbol);
  const digits = instruments.get(symbol)?.digits ?? 0;
  return Math.round((dollars(symbol.slice(0, 3), mids) / dollars(symbol.slice(3), mids)) * 10 ** digits);
}

/** What a currency is worth. */
function dollars(currency: string, mids: Mids): number {
  if (currency === 'USD') return 1;
  const direct = majors[`${currency}USD`];
  if (direct) return mids(`${currency}USD`) / 10 ** direct.digits;
  const inverse = majors[`USD${currency}`];
  if (!inverse) throw new Error(`no quote converts ${currency} to USD`);
  return 10 ** inverse.digits / mids(`USD${currency}`);
}

/** Where each symbol's walk starts, as a decimal. */
export const startPrices: readonly string[] = [...instruments].map(([symbol, { digits }]) =>
  decimal(
    midOf(symbol, (major) => majors[major]?.start ?? 0),
    digits,
  ),
);

/** What holds for a whole minute. */
type Conditions = { minute: number; activity: Map<string, number>; spreadFactor: number; news: News[] };

/**
 * @param epoch milliseconds since 1970 at which the walk stands at its start; news of before it has no effect
 * @param now the clock, milliseconds since 1970
 */
export function createQuotes(
  seed: number,
  epoch: number,
  now: () => number = Date.now,
  calendar: Calendar = createCalendar(),
): Quotes {
  let step = -1;
  let conditions: Conditions = conditionsAt(epoch);
  // Of this step, as far as somebody asked.
  const points = new Map<string, number>();
  const quotes = new Map<string, Quote>();

  function conditionsAt(at: number): Conditions {
    const minute = Math.floor(at / minuteMs);
    const start = minute * minuteMs;
    const open = openSessions(start);
    return {
      minute,
      activity: new Map(symbols.map((symbol) => [symbol, activity(symbol, open)])),
      spreadFactor: spreadFactor(open),
      news: calendar.between(Math.max(epoch, start - memoryMs), start + minuteMs + warningMs),
    };
  }

  function advance(): void {
    const target = Math.max(0, Math.floor((now() - epoch) / stepMs));
    if (target === step) return;
    step = target;
    points.clear();
    quotes.clear();
    const at = timeOf(step);
    if (Math.floor(at / minuteMs) !== conditions.minute) conditions = conditionsAt(at);
  }

  const timeOf = (ofStep: number): number => epoch + ofStep * stepMs;
  const effect = (symbol: string) => effectOf(conditions.news, symbol, timeOf(step), seed);

  function majorPoints(symbol: string): number {
    const known = points.get(symbol);
    if (known !== undefined) return known;
    const { start, swing } = majors[symbol] ?? { start: 0, swing: 0 };
    const own = seed + seedStride * (1 + symbols.indexOf(symbol));
    const { jump, volatility } = effect(symbol);
    const busy = (conditions.activity.get(symbol) ?? 1) * volatility;
    const swings = busy * wander(own, step, fast) + wander(own, step, slow) + newsSwings * jump;
    const furthest = start * majorBound;
    const mid = start + Math.round(Math.max(-furthest, Math.min(furthest, swing * swings)));
    points.set(symbol, mid);
    return mid;
  }

  function usdPer(currency: string): bigint {
    const one = 10n ** BigInt(rateScale);
    if (currency === 'USD') return one;
    const direct = majors[`${currency}USD`];
    if (direct) return (one * BigInt(majorPoints(`${currency}USD`))) / 10n ** BigInt(direct.digits);
    const digits = majors[`USD${currency}`]?.digits ?? 0;
    return (one * 10n ** BigInt(digits)) / BigInt(majorPoints(`USD${currency}`));
  }

  function make(symbol: string, digits: number, restingSpread: number): Quote {
    const spread = Math.round(restingSpread * conditions.spreadFactor * effect(symbol).spread);
    const bid = midOf(symbol, majorPoints) - Math.floor(spread / 2);
    return {
      symbol,
      bid: decimal(bid, digits),
      ask: decimal(bid + spread, digits),
      spread: decimal(spread, digits),
      usdPerBase: decimal(usdPer(symbol.slice(0, 3)), rateScale),
      usdPerQuote: decimal(usdPer(symbol.slice(3)), rateScale),
      at: timeOf(step),
    };
  }

  function read(symbol: string): Quote | undefined {
    const known = quotes.get(symbol);
    if (known) return known;
    const instrument = instruments.get(symbol);
    if (!instrument) return undefined;
    const quote = make(symbol, instrument.digits, instrument.spread);
    quotes.set(symbol, quote);
    return quote;
  }

  return {
    quote(symbol) {
      advance();
      return read(symbol);
    },
    all() {
      advance();
      return symbols.flatMap((symbol) => read(symbol) ?? []);
    },
  };
}

/** A whole number of the last decimal as text: decimal(8, 5) is `0.00008`. */
function decimal(points: number | bigint, digits: number): string {
  const text = String(points).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
