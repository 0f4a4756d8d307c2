/** A process beside the API replicas: the relay, a consumer or a worker, as its argument says. */
import Fastify from 'fastify';
import { collectDefaultMetrics } from 'prom-client';
import { MetricsRegistry } from '../metrics-registry.ts';
import { describeProcess } from './process-info.ts';
import type { RunningRole, StartRole } from './role.ts';
import type { BackgroundRole, FromProcess, Settings, ToProcess } from './settings.ts';

const starters: Record<BackgroundRole, () => Promise<StartRole>> = {
  relay: async () => (await import('../events/relay.ts')).startRelay,
  consumer: async () => (await import('../events/consumer.ts')).startConsumer,
  worker: async () => (await import('../jobs/worker.ts')).startWorker,
};

const role = process.argv[2] as BackgroundRole;
let running: RunningRole | undefined;
let ending = false;

function say(message: FromProcess): void {
  process.send?.(message);
}

async function start(settings: Settings, listen: { host: string; port: number }): Promise<void> {
  const registry = new MetricsRegistry();
  collectDefaultMetrics({ register: registry });
  describeProcess(registry, settings.region, role);
  const app = Fastify({ logger: { level: 'warn', stream: process.stderr, base: { role } } });
  app.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const trouble = running?.trouble();
    reply.code(trouble === undefined ? 200 : 503).send({ status: trouble ?? 'ready' });
  });
  const startRole = await starters[role]();
  running = await startRole({ settings, registry, log: app.log });
  const address = await app.listen({ ...listen, listenTextResolver: () => '' });
  say({ is: 'ready', url: address });
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await running?.close();
  process.exit(0);
}

process.on('message', (message: ToProcess) => {
  if (message.do === 'end') void end();
  if (message.do !== 'start') return;
  start(message.settings, message.listen).catch((error: Error) => {
    process.stderr.write(`${role}: ${error.message}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches every process of the terminal's group; the server decides what follows.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void end());
