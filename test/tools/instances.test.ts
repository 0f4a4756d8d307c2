import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, expect, it } from 'vitest';
import { startKafka } from '../../tools/services/kafka.mjs';
import { startPrometheus } from '../../tools/services/prometheus.mjs';
import { redisAnswers, startRedis } from '../../tools/services/redis.mjs';
import { missing } from '../requirements.ts';

const root = mkdtempSync(path.join(tmpdir(), 'fxscale-instances-'));
const folder = (name: string) => path.join(root, name);
const runs = (pid: number) =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
const needs = (name: 'redis' | 'kafka' | 'prometheus') => {
  const reason = missing(name);
  return { skip: reason !== undefined, because: reason ? ` (${reason})` : '' };
};

afterAll(() => rmSync(root, { recursive: true, force: true }));

const redis = needs('redis');
it.skipIf(redis.skip)(`Redis comes back from a kill with what it acknowledged${redis.because}`, async () => {
  const server = await startRedis({ folder: folder('redis') });
  const client = new Redis(server.url);
  await client.set('a', '1');
  client.disconnect();
  const before = server.pid;
  await server.kill();
  expect(await redisAnswers(server.port)).toBe(false);
  await server.restart();
  expect(server.pid).not.toBe(before);
  const again = new Redis(server.url);
  expect(await again.get('a')).toBe('1');
  again.disconnect();
  await server.stop();
  expect(runs(server.pid)).toBe(false);
});

it.skipIf(redis.skip)('Redis hangs while it is stopped, and ends all the same', async () => {
  const server = await startRedis({ folder: folder('redis-hung') });
  await server.kill('SIGSTOP');
  expect(await redisAnswers(server.port)).toBe(false);
  await server.kill('SIGCONT');
  expect(await redisAnswers(server.port)).toBe(true);
  await server.kill('SIGSTOP');
  await server.stop();
  expect(runs(server.pid)).toBe(false);
});

it.skipIf(redis.skip)('a port that is taken is a plain error', async () => {
  const server = await startRedis({ folder: folder('redis-first') });
  const second = startRedis({ folder: folder('redis-second'), port: server.port });
  await expect(second).rejects.toThrow(`Redis cannot be started: port ${server.port} is taken`);
  await server.stop();
});

it.skipIf(redis.skip)(
  'an instance dies with the process that started it, however that one ends',
  async () => {
    const module = path.join(import.meta.dirname, '..', '..', 'tools', 'services', 'redis.mjs');
    const script = `import { startRedis } from ${JSON.stringify(module)};
    const { pid } = await startRedis({ folder: ${JSON.stringify(folder('redis-orphan'))} });
    process.stdout.write(String(pid));
    setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(parent.stdout, 'data');
    expect(runs(Number(said))).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => runs(Number(said)), { timeout: 5000 }).toBe(false);
  },
);

const kafka = needs('kafka');
it.skipIf(kafka.skip)(`Kafka comes back from a kill with what it acknowledged${kafka.because}`, async () => {
  const broker = await startKafka({ folder: folder('kafka') });
  const client = new Kafka({ brokers: [broker.brokers], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: 3 }] });
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: 't', acks: -1, messages: [{ key: 'k', value: 'v' }] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  await broker.kill();
  expect(runs(broker.pid)).toBe(false);
  await broker.restart();
  const later = client.admin();
  await later.connect();
  const offsets = await later.fetchTopicOffsets('t');
  expect(offsets.reduce((sum, { offset }) => sum + Number(offset), 0)).toBe(1);
  await later.disconnect();
  await broker.stop();
  expect(runs(broker.pid)).toBe(false);
});

const prometheus = needs('prometheus');
it.skipIf(prometheus.skip)(`Prometheus scrapes what it is given${prometheus.because}`, async () => {
  const exporter = createServer((_, response) => response.end('answer 42\n')).listen(0, '127.0.0.1');
  await once(exporter, 'listening');
  const address = exporter.address();
  if (typeof address !== 'object' || !address) throw new Error('no port');
  const targets = [`http://127.0.0.1:${address.port}/some/metrics`];
  const server = await startPrometheus({ folder: folder('prometheus'), targets, scrapeSeconds: 0.5 });
  const value = async () => {
    const response = await fetch(`${server.url}/api/v1/query?query=answer`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return data.result[0]?.value[1];
  };
  await expect.poll(value, { timeout: 20_000 }).toBe('42');
  await server.stop();
  exporter.close();
});
