import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';
import { ApiError } from '../errors.ts';
import { readPositions } from '../positions.ts';

const params = {
  type: 'object',
  required: ['userId'],
  properties: { userId: { type: 'string', format: 'uuid' } },
};

export function positionRoutes(app: FastifyInstance, { database, quotes, burn }: Platform): void {
  app.get<{ Params: { userId: string } }>(
    '/api/trading/positions/:userId',
    { schema: { params }, compress: compression },
    async (request) => {
      burn('positions');
      const { userId } = request.params;
      const account = await readPositions(database, userId, quotes.all());
      if (!account) throw new ApiError('UNKNOWN_USER', `no account has the id ${userId}`);
      return account;
    },
  );
}
