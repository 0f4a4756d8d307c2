import type { FastifyInstance } from 'fastify';
import { readSymbolTotals } from '../../events/analytics.ts';
import type { Platform } from '../app.ts';

const params = {
  type: 'object',
  required: ['symbol'],
  properties: { symbol: { type: 'string', pattern: '^[A-Z0-9]{1,10}$' } },
};

/** What the consumers made of the trade events: a little behind the trades, and zeros where there were none. */
export function analyticsRoutes(app: FastifyInstance, { database }: Platform): void {
  app.get<{ Params: { symbol: string } }>(
    '/api/analytics/symbols/:symbol',
    { schema: { params } },
    async ({ params: { symbol } }) => ({ symbol, ...(await readSymbolTotals(database, symbol)) }),
  );
}
