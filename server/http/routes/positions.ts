import type { FastifyInstance } from 'fastify';
import { positionsKey } from '../../cache/keys.ts';
import { readHoldings, valueAccount } from '../../trading/positions.ts';
import { afterHeader } from '../after.ts';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';
import { ApiError } from '../errors.ts';
import { readsOfOwnData } from '../own-data.ts';
import { ownId } from '../users.ts';

const params = {
  type: 'object',
  required: ['userId'],
  properties: { userId: { type: 'string', format: 'uuid' } },
};

const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: { closed: { type: 'boolean', default: false } },
};

/** Open positions; with `?closed=true` also those that are closed, for the profit that they made. */
export function positionRoutes(app: FastifyInstance, platform: Platform): void {
  const { quotes, burn, signedIn } = platform;
  const readOwn = readsOfOwnData(platform);
  app.get<{ Params: { userId: string }; Querystring: { closed: boolean } }>(
    '/api/trading/positions/:userId',
    { schema: { params, querystring, headers: afterHeader }, compress: compression, onRequest: signedIn },
    async (request) => {
      burn('positions');
      const userId = ownId(request, request.params.userId);
      const holdings = await readOwn(request, userId, positionsKey(userId), async (database) => {
        const found = await readHoldings(database, userId);
        if (!found) throw new ApiError('UNKNOWN_USER', `no account has the id ${userId}`);
        return found;
      });
      const account = valueAccount(userId, holdings, quotes.all());
      if (request.query.closed) return account;
      return { ...account, positions: account.positions.filter(({ volume }) => Number(volume) !== 0) };
    },
  );
}
