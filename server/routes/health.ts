import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import type { Statement } from '../pool.ts';

const ping: Statement = { name: 'ping', text: 'SELECT 1' };
const pingSeconds = 2;

export function healthRoutes(app: FastifyInstance, { database, lifecycle }: Platform): void {
  app.get('/healthz', () => ({ status: 'ok' }));

  app.get('/readyz', async (_request, reply) => {
    if (lifecycle.draining) return reply.code(503).send({ status: 'shutting down' });
    const answered = await within(pingSeconds, database.query(ping, []));
    if (answered) return { status: 'ready' };
    return reply.code(503).send({ status: 'database unavailable' });
  });
}

/** Whether the promise was fulfilled in time. */
function within(seconds: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000, false);
    promise
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer));
  });
}
