import type { FastifyInstance } from 'fastify';
import { activeTradesKey, symbolStatsKey, volumeKey } from '../../cache/keys.ts';
import { everybody, openPositions, symbolStatistics, tradedDollars } from '../../trading/statistics.ts';
import type { Platform } from '../app.ts';
import { unknownSymbol } from './prices.ts';

const dayMs = 86_400_000;

/** Of everybody's trading over the last 24 hours. Public, as prices are. */
export function statisticsRoutes(app: FastifyInstance, { reads, quotes, cache }: Platform): void {
  // Each trade makes these old, and each costs a query over a day: all of them together may take one connection.
  const inTurn = oneAtATime();

  app.get<{ Params: { symbol: string } }>('/api/stats/symbols/:symbol', async ({ params: { symbol } }) => {
    if (!quotes.quote(symbol)) throw unknownSymbol(symbol, 404);
    const load = () => inTurn(() => symbolStatistics(reads.for(everybody), quotes, symbol));
    return { symbol, ...(await cache.get(symbolStatsKey(symbol), load)) };
  });

  /** A trade is active while its position is open. */
  app.get('/api/stats/platform', async () => ({
    active_trades: await cache.get(activeTradesKey, () => inTurn(() => openPositions(reads.for(everybody)))),
    volume_24h: await cache.get(volumeKey, () =>
      inTurn(() => tradedDollars(reads.for(everybody), quotes, Date.now() - dayMs)),
    ),
  }));
}

function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result;
    return result;
  };
}
