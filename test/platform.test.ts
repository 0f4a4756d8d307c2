import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { demoToken } from '../src/demo-token.ts';
import { type ServerEvent, startPlatform } from '../src/platform.ts';
import { platformFlags, withEnvironment } from '../src/platform-settings.ts';
import { Folder } from './cli/fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());
afterEach(() => vi.unstubAllEnvs());

/** A server that is ready at once, tells what it was given, and then says `lines`. */
function fakeServer(lines: (string | object)[] = []): string {
  const file = path.join(folder.path, 'server.mjs');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(
    file,
    `const ready = {
      event: 'ready', url: 'http://127.0.0.1:1', database: process.env.DATABASE_URL ?? 'embedded', postgresPid: 3,
      standbys: [{ url: 'c', pid: 4 }, { url: 'd', pid: 5 }],
      replicas: [{ index: 0, pid: 1, metrics: 'a' }], processes: [{ role: 'relay', index: 0, pid: 2, metrics: 'b' }],
      cpuLimit: null, poolSize: 10, notes: [], args: process.argv.slice(2), env: process.env };
    process.stdout.write('starting\\n{"event":"early"}\\n' + JSON.stringify(ready) + '\\n');
    process.stdout.write(${JSON.stringify(text.map((line) => `${line}\n`).join(''))});
    process.on('SIGTERM', () => process.exit(0));
    process.stdin.resume().on('close', () => process.exit(0));`,
  );
  return file;
}

type Told = { args: string[]; env: Record<string, string> };

const services = {
  database: 'postgres://fx:db-password@db/fx',
  readDatabases: ['postgres://fx:one@s1/fx', 'postgres://fx:two@s2/fx'],
  redis: 'redis://:redis-password@cache',
  kafka: 'a:9092,b:9092',
  kafkaLogin: { username: 'fx', password: 'kafka-password' },
  tokenSecret: 'a-secret-of-the-users',
};

describe('startPlatform', () => {
  it('gives addresses and secrets by the environment, and the rest as arguments', async () => {
    const platform = await startPlatform({
      program: fakeServer(),
      ...services,
      ...{ role: 'api', kafkaTls: true, region: 'eu-1', news: '30,90', rateLimit: 50, retention: 6 },
      ...{ replicas: 2, cpu: 0.5, pool: 3, accounts: 20, seed: 7, port: 0 },
    });
    const { args, env } = platform as unknown as Told;
    await platform.stop();
    expect(args.toSorted()).toEqual(
      [
        ...['--exit-with-parent', '--kafka-tls', '--port=0', '--role=api', '--replicas=2', '--cpu=500m'],
        ...['--pool=3', '--retention=6', '--region=eu-1', '--accounts=20', '--seed=7', '--news=30,90'],
        '--rate-limit=50',
      ].toSorted(),
    );
    expect(env).toMatchObject({
      DATABASE_URL: services.database,
      READ_DATABASE_URLS: services.readDatabases.join(' '),
      REDIS_URL: services.redis,
      KAFKA_BROKERS: services.kafka,
      KAFKA_USERNAME: 'fx',
      KAFKA_PASSWORD: 'kafka-password',
      FX_TOKEN_SECRET: services.tokenSecret,
    });
  });

  it('takes no service from the environment that it was not asked for', async () => {
    const names = ['DATABASE_URL', 'READ_DATABASE_URLS', 'REDIS_URL', 'KAFKA_BROKERS', 'FX_TOKEN_SECRET'];
    for (const name of names) vi.stubEnv(name, 'somebody-elses');
    const platform = await startPlatform({ program: fakeServer(), redis: 'redis://mine' });
    const { args, env } = platform as unknown as Told;
    await platform.stop();
    expect(args).toEqual(['--exit-with-parent', '--port=0']);
    expect(names.filter((name) => name in env)).toEqual(['REDIS_URL']);
    expect(env.REDIS_URL).toBe('redis://mine');
    expect(env.PATH).toBe(process.env.PATH);
  });

  it('follows what is replaced, and passes on what it does not know', async () => {
    const relay = { role: 'relay', index: 0, pid: 22, metrics: 'bb' };
    const events: ServerEvent[] = [];
    const platform = await startPlatform({
      program: fakeServer([
        'not JSON',
        'null',
        { event: 'weather', is: 'fine' },
        { event: 'postgres', role: 'standby', index: 1, pid: 55, restarts: 1 },
        { event: 'postgres', role: 'primary', index: 0, pid: 33, restarts: 1 },
        { event: 'process', ...relay, restarts: 1 },
        { event: 'process', role: 'consumer', index: 5, pid: 6, metrics: 'c', restarts: 1 },
        { event: 'replica', index: 0, pid: 11, metrics: 'aa', restarts: 1 },
      ]),
      onEvent: (event) => events.push(event),
    });
    await vi.waitFor(() => expect(events.length).toBe(6), { timeout: 10_000 });
    await platform.stop();
    expect(events.map(({ event }) => event)).toEqual([
      'weather',
      'postgres',
      'postgres',
      'process',
      'process',
      'replica',
    ]);
    expect(platform.postgresPid).toBe(33);
    expect(platform.standbys.map(({ pid }) => pid)).toEqual([4, 55]);
    expect(platform.processes).toEqual([relay]);
    expect(platform.replicas).toEqual([{ index: 0, pid: 11, metrics: 'aa' }]);
    expect((await platform.exited).code).toBe(0);
  });
});

describe('withEnvironment', () => {
  const env = {
    DATABASE_URL: services.database,
    READ_DATABASE_URLS: ' postgres://a  postgres://b ',
    REDIS_URL: '',
    KAFKA_BROKERS: 'a:9092',
    KAFKA_USERNAME: 'fx',
    FX_TOKEN_SECRET: services.tokenSecret,
  };

  it('completes what the flags leave open, and no more', () => {
    expect(withEnvironment({ kafka: 'b:9092', port: 1 }, env)).toEqual({
      database: services.database,
      readDatabases: ['postgres://a', 'postgres://b'],
      kafka: 'b:9092',
      tokenSecret: services.tokenSecret,
      port: 1,
    });
    expect(withEnvironment({}, {})).toEqual({});
  });

  it('leaves a database of the environment alone where a folder for the embedded one is named', () => {
    const options = withEnvironment({ data: '/data' }, env);
    expect(options).not.toHaveProperty('database');
    expect(options).not.toHaveProperty('readDatabases');
  });
});

it('has no secret among the flags', () => {
  const flags = platformFlags(services).join(' ');
  expect(flags).toBe('--exit-with-parent --port=0');
});

it('signs a token of the first account that holds until it expires', () => {
  const [head = '', body = '', signature] = demoToken(1_800_000_000).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
  expect(read(head)).toEqual({ alg: 'HS256', typ: 'JWT' });
  expect(read(body)).toEqual({ sub: '00000000-0000-4000-8000-000000000000', exp: 1_800_000_000 });
  expect(signature).toBe(
    createHmac('sha256', 'fx-platform-demo-secret').update(`${head}.${body}`).digest('base64url'),
  );
});
