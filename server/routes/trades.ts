import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';
import { ApiError } from '../errors.ts';
import { type PeriodQuery, parsePeriod, periodProperties } from '../period.ts';
import { parseVolume, placeTrade, tradeHistory } from '../trades.ts';
import { unknownSymbol } from './prices.ts';

type OrderBody = { userId: string; symbol: string; action: 'buy' | 'sell'; volume: string | number };

const orderSchema = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['userId', 'symbol', 'action', 'volume'],
    properties: {
      userId: { type: 'string', format: 'uuid' },
      symbol: { type: 'string' },
      action: { enum: ['buy', 'sell'] },
      volume: { type: ['string', 'number'] },
    },
  },
  headers: {
    type: 'object',
    properties: { 'idempotency-key': { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' } },
  },
};

const historySchema = {
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['userId'],
    properties: { ...periodProperties, limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } },
  },
};

export function tradeRoutes(app: FastifyInstance, { database, quotes, metrics, burn }: Platform): void {
  app.post<{ Body: OrderBody; Headers: { 'idempotency-key'?: string } }>(
    '/api/trading/trades',
    { schema: orderSchema },
    async (request, reply) => {
      burn('trade');
      const stop = metrics.tradeProcessing.startTimer();
      const { userId, symbol, action } = request.body;
      const volume = parseVolume(request.body.volume);
      if (volume === undefined) {
        throw new ApiError(
          'INVALID_VOLUME',
          'volume must be above 0 and below 100000000, with at most two decimals',
        );
      }
      const quote = quotes.quote(symbol);
      if (!quote) throw unknownSymbol(symbol);
      const key = request.headers['idempotency-key'];
      const order = { userId, symbol, action, volume, ...(key !== undefined && { key }) };
      const { trade, repeated } = await placeTrade(database, order, quote);
      stop();
      if (repeated) reply.header('idempotent-replayed', 'true');
      return reply.code(201).send({ ...trade, userId });
    },
  );

  app.get<{ Querystring: PeriodQuery & { limit: number } }>(
    '/api/trading/trades',
    { schema: historySchema, compress: compression },
    async (request) => {
      burn('history');
      const { limit, ...period } = request.query;
      return { trades: await tradeHistory(database, parsePeriod(period), limit) };
    },
  );
}
