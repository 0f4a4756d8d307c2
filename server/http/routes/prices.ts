import type { FastifyInstance } from 'fastify';
import { priceKey } from '../../cache/keys.ts';
import { type Quote, stepMs } from '../../trading/quotes.ts';
import type { Platform } from '../app.ts';
import { ApiError } from '../errors.ts';

export function priceRoutes(app: FastifyInstance, { quotes, cache, burn }: Platform): void {
  app.get<{ Params: { symbol: string } }>('/api/prices/:symbol', (request, reply) => {
    burn('quote');
    const { symbol } = request.params;
    const key = priceKey(symbol);
    let json = cache.peek<string>(key);
    if (json === undefined) {
      const quote = quotes.quote(symbol);
      if (!quote) throw unknownSymbol(symbol, 404);
      json = serialised(quote);
      cache.keep(key, json, quote.at + stepMs - Date.now());
    }
    reply.header('content-type', 'application/json; charset=utf-8').send(json);
  });

  app.get('/ws/prices', (_request, reply) => {
    reply.header('upgrade', 'websocket');
    throw new ApiError('UPGRADE_REQUIRED', 'prices are streamed over a WebSocket');
  });
}

function serialised({ symbol, bid, ask, spread, at }: Quote): string {
  return JSON.stringify({ symbol, bid, ask, spread, time: new Date(at).toISOString() });
}

export function unknownSymbol(symbol: string, status?: number): ApiError {
  return new ApiError('UNKNOWN_SYMBOL', `${JSON.stringify(symbol)} is not traded here`, status);
}
