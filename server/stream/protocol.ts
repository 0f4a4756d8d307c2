/**
 * What is said on /ws/prices, all of it JSON in text messages.
 *
 * A client sends `{"subscribe":["EURUSD","GBPUSD"]}`, `{"unsubscribe":["EURUSD"]}`, or both in one; `"*"` instead of a
 * list is every symbol. It may also name the symbols in the address: `/ws/prices?symbols=EURUSD,GBPUSD`.
 *
 * The server sends `{"symbol","bid","ask","spread","time"}` for each symbol as soon as it is subscribed to, and then
 * for each new quote. A message that makes no sense is answered with `{"error":{"code","message"}}`.
 */
import type { Quote } from '../trading/quotes.ts';

export type Command = { subscribe: readonly string[]; unsubscribe: readonly string[] };
export type StreamError = { code: 'INVALID_MESSAGE' | 'UNKNOWN_SYMBOL'; message: string };

/** Codes that a connection is closed with. */
export const closeCodes = { goingAway: 1001, notText: 1003, policy: 1008 } as const;

const usage = 'a message is {"subscribe": LIST} or {"unsubscribe": LIST}: a list of symbols, or "*" for all';
const keys = ['subscribe', 'unsubscribe'];

export function parseCommand(text: string, known: readonly string[]): Command | { error: StreamError } {
  const message = parseJson(text);
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return invalid;
  const entries = Object.entries(message);
  if (entries.length === 0 || entries.some(([key]) => !keys.includes(key))) return invalid;
  const command = { subscribe: [] as readonly string[], unsubscribe: [] as readonly string[] };
  for (const [key, value] of entries) {
    const wanted: unknown = value === '*' ? known : value;
    if (!isListOfText(wanted)) return invalid;
    const unknown = wanted.find((symbol) => !known.includes(symbol));
    if (unknown !== undefined) return unknownSymbol(unknown);
    command[key as keyof Command] = wanted;
  }
  return command;
}

/** The command that the address of the connection stands for; undefined when it names no symbols. */
export function commandOfAddress(url: URL): string | undefined {
  const named = url.searchParams.get('symbols');
  if (named === null) return undefined;
  return JSON.stringify({ subscribe: named === '*' ? named : named.split(',') });
}

export function quoteMessage({ symbol, bid, ask, spread, at }: Quote): Buffer {
  return Buffer.from(JSON.stringify({ symbol, bid, ask, spread, time: new Date(at).toISOString() }));
}

const invalid = { error: { code: 'INVALID_MESSAGE', message: usage } } as const;

function unknownSymbol(symbol: string): { error: StreamError } {
  return { error: { code: 'UNKNOWN_SYMBOL', message: `${JSON.stringify(symbol)} is not traded here` } };
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
