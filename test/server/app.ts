import { createSigner } from 'fast-jwt';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { type DatabaseOptions, openDatabase } from '../../server/database/pool.ts';
import { type AppOptions, buildApp } from '../../server/http/app.ts';
import { createMetrics } from '../../server/metrics.ts';
import { createQuotes, type Quotes } from '../../server/trading/quotes.ts';

type Overrides = Partial<Pick<AppOptions, 'lifecycle' | 'quotes' | 'burn' | 'rateLimit' | 'timeouts'>> &
  Partial<DatabaseOptions>;

/** That of a platform which was given none. */
export const tokenSecret = 'fx-platform-demo-secret';
const sign = createSigner({ key: tokenSecret, algorithm: 'HS256', expiresIn: 3_600_000 });

export function tokenFor(userId: string): string {
  return sign({ sub: userId });
}

/** The headers of a request by the user. */
export function authorised(userId: string): { authorization: string } {
  return { authorization: `Bearer ${tokenFor(userId)}` };
}

export type LogLine = { fields: object; message: string };

/** The service over `url`, without a port. Quotes stand still at their start unless others are given. */
export async function testApp(
  url: string,
  { lifecycle, quotes = stillQuotes(), burn, rateLimit = 1_000_000, timeouts, ...pool }: Overrides = {},
): Promise<{ app: FastifyInstance; log: LogLine[]; registry: Registry }> {
  const metrics = createMetrics();
  const log: LogLine[] = [];
  const warn = (fields: object, message: string): void => void log.push({ fields, message });
  const database = openDatabase({ url, max: 5, registry: metrics.registry, log: { warn }, ...pool });
  const app = await buildApp({
    ...{ database, metrics, quotes, tokenSecret, rateLimit },
    ...(timeouts && { timeouts }),
    ...(lifecycle && { lifecycle }),
    ...(burn && { burn }),
  });
  return { app, log, registry: metrics.registry };
}

export function stillQuotes(): Quotes {
  return createQuotes(1, 0, () => 0);
}

export type Order = { userId: string; symbol: string; action: string; volume: string | number };

/** By the user whom the order names, unless the headers say otherwise. */
export function postTrade(
  app: FastifyInstance,
  payload: { userId: string; [field: string]: unknown },
  headers: Record<string, string> = {},
) {
  const url = '/api/trading/trades';
  return app.inject({ method: 'POST', url, payload, headers: { ...authorised(payload.userId), ...headers } });
}

/** A GET by the user. */
export function getAs(
  app: FastifyInstance,
  userId: string,
  url: string,
  headers: Record<string, string> = {},
) {
  return app.inject({ url, headers: { ...authorised(userId), ...headers } });
}

/** The value of one series of a metrics page; NaN when it is not there. */
export function series(page: string, name: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}
