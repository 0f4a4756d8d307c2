import type { FastifyInstance } from 'fastify';
import { type AppOptions, buildApp } from '../../server/app.ts';
import { createMetrics } from '../../server/metrics.ts';
import { type DatabaseOptions, openDatabase } from '../../server/pool.ts';
import { createQuotes, type Quotes } from '../../server/quotes.ts';

type Overrides = Partial<Pick<AppOptions, 'lifecycle' | 'quotes' | 'burn'>> & Partial<DatabaseOptions>;

export type LogLine = { fields: object; message: string };

/** The service over `url`, without a port. Quotes stand still at their start unless others are given. */
export async function testApp(
  url: string,
  { lifecycle, quotes = stillQuotes(), burn, ...pool }: Overrides = {},
): Promise<{ app: FastifyInstance; log: LogLine[] }> {
  const metrics = createMetrics();
  const log: LogLine[] = [];
  const warn = (fields: object, message: string): void => void log.push({ fields, message });
  const database = openDatabase({ url, max: 5, registry: metrics.registry, log: { warn }, ...pool });
  const app = await buildApp({
    ...{ database, metrics, quotes },
    ...(lifecycle && { lifecycle }),
    ...(burn && { burn }),
  });
  return { app, log };
}

export function stillQuotes(): Quotes {
  return createQuotes(1, 0, () => 0);
}

export type Order = { userId: string; symbol: string; action: string; volume: string | number };

export function postTrade(app: FastifyInstance, payload: object, headers: Record<string, string> = {}) {
  return app.inject({ method: 'POST', url: '/api/trading/trades', payload, headers });
}

/** The value of one series of a metrics page; NaN when it is not there. */
export function series(page: string, name: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}
