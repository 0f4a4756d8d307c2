import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import { ApiError } from '../errors.ts';

export function priceRoutes(app: FastifyInstance, { quotes, burn }: Platform): void {
  app.get<{ Params: { symbol: string } }>('/api/prices/:symbol', (request, reply) => {
    burn('quote');
    const quote = quotes.quote(request.params.symbol);
    if (!quote) throw unknownSymbol(request.params.symbol, 404);
    const { symbol, bid, ask, spread, at } = quote;
    reply.send({ symbol, bid, ask, spread, time: new Date(at).toISOString() });
  });
}

export function unknownSymbol(symbol: string, status?: number): ApiError {
  return new ApiError('UNKNOWN_SYMBOL', `${JSON.stringify(symbol)} is not traded here`, status);
}
