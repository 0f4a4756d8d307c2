import type { FastifyInstance } from 'fastify';
import { readNotifications } from '../../jobs/notifications.ts';
import { afterHeader, afterOf } from '../after.ts';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';

const querystring = {
  type: 'object',
  additionalProperties: false,
  properties: { limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
};

/** What the user was told of their trades, newest first; soon after a trade, for a job writes it. */
export function notificationRoutes(app: FastifyInstance, { reads, signedIn }: Platform): void {
  app.get<{ Querystring: { limit: number } }>(
    '/api/notifications',
    { schema: { querystring, headers: afterHeader }, compress: compression, onRequest: signedIn },
    async (request) => {
      const { id } = request.user;
      const database = reads.for(id, afterOf(request));
      return { notifications: await readNotifications(database, id, request.query.limit) };
    },
  );
}
