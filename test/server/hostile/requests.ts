import { accountId } from '../../../server/database/prepare.ts';
import { tokenFor } from '../app.ts';
import { request } from './raw.ts';

export const user = accountId(1);
export const other = accountId(2);
/** What is sent, byte for byte, and what is answered; no code where Node answers before there is a request. */
export type Hostile = [what: string, bytes: Buffer, status: number, code?: string];

export const mine = `Authorization: Bearer ${tokenFor(user)}`;
export const json = 'Content-Type: application/json';
export const trades = '/api/trading/trades';
export const order = { symbol: 'EURUSD', action: 'buy', volume: '1.00' };

export const get = (path: string, ...headers: string[]) => request({ path, headers: [mine, ...headers] });
export const query = (text: string) => get(`${trades}?${text}`);
export const post = (body: string | Buffer, ...headers: string[]) =>
  request({ method: 'POST', path: trades, headers: [mine, json, ...headers], body });
export const place = (change: object) => post(JSON.stringify({ ...order, ...change }));
export const raw = (...lines: string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
export const invalid = [400, 'INVALID_REQUEST'] as const;
export const refused = [401, 'UNAUTHENTICATED'] as const;
export const forbidden = [403, 'FORBIDDEN'] as const;
