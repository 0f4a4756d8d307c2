import type { IncomingRecord } from './kafka.ts';

/** Amounts are decimals in text, `seq` is a bigint in text, `day` a date in UTC. */
export type TradeEvent = {
  userId: string;
  seq: string;
  symbol: string;
  day: string;
  action: 'buy' | 'sell';
  volume: string;
  usd: string;
};
export type PositionEvent = { userId: string; seq: string; symbol: string; volume: string; price: string };

type Fields = Record<string, unknown>;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const symbolName = /^[A-Z0-9]{1,10}$/;
const amount = /^\d{1,20}(\.\d{1,10})?$/;
const signedAmount = /^-?\d{1,20}(\.\d{1,10})?$/;
const sequence = /^[1-9]\d{0,17}$/;
const buyOrSell = /^(buy|sell)$/;

/** @throws Error that says what is wrong with the record, without its content */
export function parseTrade(record: IncomingRecord): TradeEvent {
  const fields = parse(record);
  return {
    ...common(fields),
    day: dayOf(fields.createdAt),
    action: text(fields, 'action', buyOrSell) as 'buy' | 'sell',
    volume: text(fields, 'volume', amount),
    usd: text(fields, 'usd', amount),
  };
}

/** @throws Error that says what is wrong with the record, without its content */
export function parsePosition(record: IncomingRecord): PositionEvent {
  const fields = parse(record);
  return {
    ...common(fields),
    volume: text(fields, 'volume', signedAmount),
    price: text(fields, 'price', amount),
  };
}

function parse({ key, value }: IncomingRecord): Fields {
  let fields: unknown;
  try {
    fields = JSON.parse(value?.toString() ?? '');
  } catch {
    throw new Error('the value is no JSON');
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw new Error('the value is no object');
  // The order of an account holds within its partition only.
  if ((fields as Fields).userId !== key?.toString()) throw new Error('userId is not the key of the record');
  return fields as Fields;
}

function common(fields: Fields) {
  return {
    userId: text(fields, 'userId', uuid),
    seq: text(fields, 'seq', sequence),
    symbol: text(fields, 'symbol', symbolName),
  };
}

function text(fields: Fields, name: string, pattern: RegExp): string {
  const value = fields[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  if (typeof value !== 'string' || !pattern.test(value)) throw new Error(`${name} is not as it should be`);
  return value;
}

function dayOf(createdAt: unknown): string {
  const at = typeof createdAt === 'string' ? new Date(createdAt) : new Date(Number.NaN);
  const year = at.getUTCFullYear();
  if (!(year >= 2000 && year < 2200)) throw new Error('createdAt is no time');
  return at.toISOString().slice(0, 10);
}
