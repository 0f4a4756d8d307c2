import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';

export function metricsRoutes(app: FastifyInstance, { metrics, allMetrics, isPublic }: Platform): void {
  const { registry } = metrics;

  app.get('/metrics', { compress: compression }, async (request, reply) => {
    const all = allMetrics?.({ localPort: request.socket.localPort });
    return reply.type(registry.contentType).send(await (all ?? registry.metrics()));
  });

  /** What the other replicas add up. */
  app.get('/metrics.json', async (request, reply) =>
    isPublic?.({ localPort: request.socket.localPort }) ? reply.callNotFound() : registry.getMetricsAsJSON(),
  );
}
