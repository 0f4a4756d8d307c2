// The platform's requests, each with the tag `name` of its class.
import http, { type Params, type RefinedResponse } from 'k6/http';
import { any } from './chance.ts';
import type { User } from './users.ts';

export const base = __ENV.BASE_URL || 'http://127.0.0.1:3000';

export const symbols = ['EURUSD', 'GBPUSD', 'USDJPY', 'USDCHF', 'AUDUSD', 'EURGBP'];

export type Order = { symbol: string; action: 'buy' | 'sell'; volume: string };
export type Placed = { id: string; price: string; createdAt: string };
export type Answer = RefinedResponse<'text'>;
type Extra = { tags?: Record<string, string>; headers?: Record<string, string>; expected?: Callback };
type Callback = NonNullable<Params['responseCallback']>;

/** Small, and as often one way as the other: margins hold through a long run. */
export function anyOrder(among: readonly string[] = symbols): Order {
  return { symbol: any(among), action: Math.random() < 0.5 ? 'buy' : 'sell', volume: '0.01' };
}

function params(name: string, headers: Record<string, string>, extra: Extra = {}) {
  return {
    responseType: 'text' as const,
    headers: { ...headers, ...extra.headers },
    tags: { name, ...extra.tags },
    ...(extra.expected && { responseCallback: extra.expected }),
  };
}

export function quote(symbol: string = any(symbols), extra?: Extra): Answer {
  return http.get(`${base}/api/prices/${symbol}`, params('quote', {}, extra));
}

/** The request that places an order, for http.post and http.batch. */
export function orderRequest(user: User, order: Order, key?: string, extra?: Extra) {
  const headers = {
    authorization: user.authorization,
    'content-type': 'application/json',
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  return {
    url: `${base}/api/trading/trades`,
    body: JSON.stringify({ userId: user.id, ...order }),
    params: params('trade', headers, extra),
  };
}

export function trade(user: User, order: Order, key?: string, extra?: Extra): Answer {
  const request = orderRequest(user, order, key, extra);
  return http.post(request.url, request.body, request.params);
}

/** The newest trades, or the newest before `to`. */
export function history(user: User, limit = 50, to?: string, extra?: Extra): Answer {
  const until = to === undefined ? '' : `&to=${encodeURIComponent(to)}`;
  const url = `${base}/api/trading/trades?userId=${user.id}&limit=${limit}${until}`;
  return http.get(url, params('history', { authorization: user.authorization }, extra));
}

/** All trades of the period that is the default, one JSON object on each line. */
export function tradeStream(user: User, extra?: Extra): Answer {
  const url = `${base}/api/trading/trades/stream?userId=${user.id}`;
  return http.get(url, params('stream', { authorization: user.authorization }, extra));
}

export function positions(user: User, extra?: Extra): Answer {
  const url = `${base}/api/trading/positions/${user.id}`;
  return http.get(url, params('positions', { authorization: user.authorization }, extra));
}

/** Seconds that a refusal asks to wait; undefined when it does not say. */
export function retryAfter(answer: Answer): number | undefined {
  const seconds = Number(answer.headers['Retry-After'] ?? Number.NaN);
  return seconds >= 0 ? seconds : undefined;
}
