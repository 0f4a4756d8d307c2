import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../requirements.ts';
import { services } from './command.ts';

const reason = missing('redis') ?? missing('kafka') ?? missing('prometheus');
const asked = ['--native', '--only', 'redis,kafka,prometheus'];

interface Entry {
  url?: string;
  brokers?: string;
  port: number;
  ports: number[];
  pid: number;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host, port, timeout: 500 });
    const finish = (value: boolean) => {
      socket.destroy();
      answer(value);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}

/** Whether a process runs; one that has ended and was not waited for by its parent has no command line. */
const runs = (pid: number) =>
  existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';

function entryOf(entries: Record<string, Entry>, name: string): Entry {
  const entry = entries[name];
  if (!entry) throw new Error(`${name} is not noted`);
  return entry;
}

describe.skipIf(reason)(`npm run services${reason ? ` (${reason})` : ''}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-services-'));
  const file = path.join(folder, '.fxscale', 'services', 'services.json');
  const noted = (): Record<string, Entry> => JSON.parse(readFileSync(file, 'utf8'));
  let first: { code: number | null; stdout: string; stderr: string };

  beforeAll(async () => {
    first = await services(asked, folder);
  });

  afterAll(async () => {
    await services(['down'], folder);
    rmSync(folder, { recursive: true, force: true });
  });

  async function withRedis<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(entryOf(noted(), 'redis').url ?? '');
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  it('brings everything up and says how the platform finds it', async () => {
    expect(first.stderr).toMatch(/^redis +started$/m);
    expect(first.code).toBe(0);
    const { redis, kafka, prometheus } = noted();
    expect(first.stdout).toContain(`export REDIS_URL=${redis?.url}\n`);
    expect(first.stdout).toContain(`export KAFKA_BROKERS=${kafka?.brokers}\n`);
    expect(first.stdout).toContain(`# Prometheus: ${prometheus?.url}`);
    expect(await withRedis((client) => client.set('kept', 'yes'))).toBe('OK');
    expect((await fetch(`${prometheus?.url}/-/ready`)).status).toBe(200);
    const admin = new Kafka({ brokers: [kafka?.brokers ?? ''], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    expect((await admin.describeCluster()).brokers).toHaveLength(1);
    await admin.disconnect();
  });

  it('listens on the loopback interface only', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of outside)
      for (const { ports } of Object.values(noted()))
        for (const port of ports) expect(await accepts(address, port), `${address}:${port}`).toBe(false);
  });

  it('has Prometheus scrape the platform, and whatever is added later', async () => {
    const targets = path.join(folder, '.fxscale', 'services', 'prometheus', 'targets');
    expect(JSON.parse(readFileSync(path.join(targets, 'platform.json'), 'utf8'))).toEqual([
      { targets: ['127.0.0.1:3000'], labels: { __scheme__: 'http', __metrics_path__: '/metrics' } },
    ]);
    const url = `${entryOf(noted(), 'prometheus').url}/api/v1/targets`;
    const scraped = async () => {
      const { data } = (await (await fetch(url)).json()) as {
        data: { activeTargets: { scrapeUrl: string }[] };
      };
      return data.activeTargets.map(({ scrapeUrl }) => scrapeUrl);
    };
    await expect.poll(scraped, { timeout: 20_000 }).toEqual(['http://127.0.0.1:3000/metrics']);
  });

  it('leaves what runs alone the second time', async () => {
    const before = noted();
    const again = await services(asked, folder);
    expect(again.code).toBe(0);
    expect(again.stderr.match(/runs already/g)).toHaveLength(3);
    expect(again.stdout).toBe(first.stdout);
    expect(noted()).toEqual(before);
  });

  it('says what died, and starts it again where it was with what it had', async () => {
    const before = noted();
    process.kill(entryOf(before, 'redis').pid, 'SIGKILL');
    await expect.poll(() => runs(entryOf(before, 'redis').pid)).toBe(false);
    const dead = await services(['status', '--json'], folder);
    expect(dead.code).toBe(4);
    expect(JSON.parse(dead.stdout)).toMatchObject({
      redis: { answers: false },
      kafka: { answers: true },
      prometheus: { answers: true },
    });
    expect((await services(asked, folder)).stderr).toMatch(/^redis +started again/m);
    const after = noted();
    expect(after).toMatchObject({ kafka: before.kafka, prometheus: before.prometheus });
    expect(entryOf(after, 'redis').url).toBe(entryOf(before, 'redis').url);
    expect(await withRedis((client) => client.get('kept'))).toBe('yes');
    const status = await services(['status'], folder);
    expect(status.code).toBe(0);
    expect(status.stdout).toMatch(/^kafka +127\.0\.0\.1:\d+ +pid \d+ +since \S+Z +answers$/m);
  });

  it('stops everything and leaves nothing behind', async () => {
    const before = Object.values(noted());
    const { code } = await services(['down'], folder);
    expect(code).toBe(0);
    expect(before.filter(({ pid }) => runs(pid))).toEqual([]);
    for (const port of before.flatMap(({ ports }) => ports))
      expect(await accepts('127.0.0.1', port), `port ${port}`).toBe(false);
    expect(existsSync(path.join(folder, '.fxscale'))).toBe(false);
    expect((await services(['status'], folder)).code).toBe(4);
    expect((await services(['down'], folder)).code).toBe(0);
  });
});
