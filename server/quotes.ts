/**
 * In-process FX quotes: a seeded, mean-reverting random walk per symbol, in whole points (the last decimal of the
 * price), so that a price is an exact decimal. The walk is a function of the seed and of the time since the epoch:
 * replicas that share both quote the same prices, and nothing runs between two reads.
 */

type Instrument = {
  /** Decimals of the price. */
  digits: number;
  /** The mid price in points that the walk starts from and returns to. */
  start: number;
  /** Ask minus bid in points. */
  spread: number;
  /** The largest move of one step in points. */
  swing: number;
};

const instruments: Record<string, Instrument> = {
  EURUSD: { digits: 5, start: 108_500, spread: 8, swing: 6 },
  GBPUSD: { digits: 5, start: 127_000, spread: 12, swing: 8 },
  USDJPY: { digits: 3, start: 149_500, spread: 10, swing: 8 },
  USDCHF: { digits: 5, start: 88_500, spread: 14, swing: 5 },
  AUDUSD: { digits: 5, start: 65_500, spread: 10, swing: 4 },
  USDCAD: { digits: 5, start: 136_500, spread: 14, swing: 6 },
  NZDUSD: { digits: 5, start: 60_500, spread: 16, swing: 4 },
  EURGBP: { digits: 5, start: 85_400, spread: 12, swing: 4 },
  EURJPY: { digits: 3, start: 162_200, spread: 16, swing: 9 },
};

export const symbols: readonly string[] = Object.keys(instruments);

/** Where each symbol's walk starts, as a decimal. */
export const startPrices: readonly string[] = Object.values(instruments).map((i) =>
  decimal(i.start, i.digits),
);

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
/** One part in this many of the distance to the start is walked back per step. */
const reversion = 512;
const rateScale = 10;

/**
 * @param epoch milliseconds since 1970 at which the walk stands at its start
 * @param now the clock, milliseconds since 1970
 */
export function createQuotes(seed: number, epoch: number, now: () => number = Date.now): Quotes {
  const walks = new Map<string, { points: number; random: () => number; instrument: Instrument }>();
  symbols.forEach((symbol, index) => {
    const instrument = instruments[symbol];
    if (instrument)
      walks.set(symbol, { points: instrument.start, random: mulberry32(seed + index), instrument });
  });
  let step = 0;

  function advance(): void {
    const target = Math.floor((now() - epoch) / stepMs);
    for (; step < target; step++) {
      for (const walk of walks.values()) {
        const { start, swing } = walk.instrument;
        const noise = Math.round((walk.random() + walk.random() - 1) * swing);
        walk.points += noise - Math.trunc((walk.points - start) / reversion);
      }
    }
  }

  function usdPer(currency: string): bigint {
    const one = 10n ** BigInt(rateScale);
    if (currency === 'USD') return one;
    const direct = walks.get(`${currency}USD`);
    if (direct) return (one * BigInt(direct.points)) / 10n ** BigInt(direct.instrument.digits);
    const inverse = walks.get(`USD${currency}`);
    if (!inverse) throw new Error(`no quote converts ${currency} to USD`);
    return (one * 10n ** BigInt(inverse.instrument.digits)) / BigInt(inverse.points);
  }

  function read(symbol: string): Quote | undefined {
    const walk = walks.get(symbol);
    if (!walk) return undefined;
    const { digits, spread } = walk.instrument;
    const bid = walk.points - spread / 2;
    return {
      symbol,
      bid: decimal(bid, digits),
      ask: decimal(bid + spread, digits),
      spread: decimal(spread, digits),
      usdPerBase: decimal(usdPer(symbol.slice(0, 3)), rateScale),
      usdPerQuote: decimal(usdPer(symbol.slice(3)), rateScale),
      at: epoch + step * stepMs,
    };
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

/** Uniform numbers in [0, 1) from a 32-bit state: mulberry32 by Tommy Ettinger, public domain. */
function mulberry32(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
