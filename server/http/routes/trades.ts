import type { FastifyInstance } from 'fastify';
import { recentTradesKey, tradeKeys } from '../../cache/keys.ts';
import type { Database } from '../../database/pool.ts';
import { processingLatency } from '../../trading/latency.ts';
import { parseVolume, placeTrade, type Trade, tradeHistory } from '../../trading/trades.ts';
import { afterHeader, afterOf } from '../after.ts';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';
import { ApiError, asApiError } from '../errors.ts';
import { readsOfOwnData } from '../own-data.ts';
import { type PeriodQuery, parsePeriod, periodProperties } from '../period.ts';
import { ownId } from '../users.ts';
import { unknownSymbol } from './prices.ts';

type OrderBody = { userId?: string; symbol: string; action: 'buy' | 'sell'; volume: string | number };

const orderSchema = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['symbol', 'action', 'volume'],
    properties: {
      userId: { type: 'string', format: 'uuid' },
      symbol: { type: 'string', maxLength: 32 },
      action: { enum: ['buy', 'sell'] },
      volume: { type: ['string', 'number'] },
    },
  },
  headers: {
    type: 'object',
    properties: { 'idempotency-key': { type: 'string', pattern: '^[\\x21-\\x7e]{1,128}$' } },
  },
};

const defaultLimit = 100;

const historySchema = {
  headers: afterHeader,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...periodProperties,
      limit: { type: 'integer', minimum: 1, maximum: 1000, default: defaultLimit },
    },
  },
};

export function tradeRoutes(app: FastifyInstance, platform: Platform): void {
  const { database, quotes, metrics, burn, destinations, signedIn, reads, changes } = platform;
  const readOwn = readsOfOwnData(platform);
  const observeLatency = processingLatency(metrics.registry);

  app.post<{ Body: OrderBody; Headers: { 'idempotency-key'?: string } }>(
    '/api/trading/trades',
    { schema: orderSchema, onRequest: signedIn },
    async (request, reply) => {
      burn('trade');
      const stop = metrics.tradeProcessing.startTimer();
      const { symbol, action } = request.body;
      const userId = ownId(request, request.body.userId);
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
      const changed = { keys: tradeKeys(userId, symbol), userId };
      const placed = await placeTrade(database, order, quote, destinations).catch((error: unknown) => {
        // Trouble of the database, and no refusal: it may have committed the trade all the same.
        if ((asApiError(error)?.statusCode ?? 500) >= 500) changes.publish(changed);
        throw error;
      });
      const { trade, repeated, transaction } = placed;
      observeLatency(stop());
      if (repeated) reply.header('idempotent-replayed', 'true');
      reads.wrote(userId, transaction);
      reply.header('fx-transaction', transaction);
      // A repeated order too: at the first try the answer may have been lost, and then nobody was told.
      changes.publish({ ...changed, transaction });
      return reply.code(201).send({ ...trade, userId });
    },
  );

  app.get<{ Querystring: PeriodQuery & { limit: number } }>(
    '/api/trading/trades',
    { schema: historySchema, compress: compression, onRequest: signedIn },
    async (request) => {
      burn('history');
      const { limit, ...query } = request.query;
      const userId = ownId(request, query.userId);
      const period = parsePeriod({ ...query, userId });
      const load = (from: Database): Promise<Trade[]> => tradeHistory(from, period, limit);
      const isRecent = query.from === undefined && query.to === undefined && limit === defaultLimit;
      if (isRecent) return { trades: await readOwn(request, userId, recentTradesKey(userId), load) };
      return { trades: await load(reads.for(userId, afterOf(request))) };
    },
  );
}
