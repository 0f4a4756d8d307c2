import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import { ApiError } from '../errors.ts';
import { tokenOnly } from '../users.ts';

const params = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' } },
};

export function keyRoutes(app: FastifyInstance, { keys, signedIn }: Platform): void {
  const guarded = { onRequest: signedIn, preHandler: tokenOnly };

  app.post('/api/keys', guarded, async (request, reply) =>
    reply.code(201).send(await keys.create(request.user.id)),
  );

  app.get('/api/keys', guarded, async (request) => ({ keys: await keys.list(request.user.id) }));

  app.delete<{ Params: { id: string } }>(
    '/api/keys/:id',
    { ...guarded, schema: { params } },
    async (request, reply) => {
      const { id } = request.params;
      if (await keys.revoke(request.user.id, id)) return reply.code(204).send();
      throw new ApiError('NOT_FOUND', `no key of yours has the id ${id}, or it is revoked`);
    },
  );
}
