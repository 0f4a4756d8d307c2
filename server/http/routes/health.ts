import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';

export function healthRoutes(app: FastifyInstance, platform: Platform): void {
  const { databaseView, lifecycle, region } = platform;
  app.get('/healthz', () => ({ status: 'ok' }));

  /** Ready as long as it can read: it quotes and shows accounts also while no database takes orders. */
  app.get('/readyz', async (_request, reply) => {
    if (lifecycle.draining) return reply.code(503).send({ status: 'shutting down' });
    const { reads, writes } = await databaseView();
    if (reads === 'ok') return { status: 'ready', writes };
    return reply.code(503).send({ status: 'database unavailable', writes });
  });

  app.get('/healthz/region', async () => ({ region: region ?? null, ...(await databaseView()) }));
}
