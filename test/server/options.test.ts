import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../server/options.ts';
import { Refusal } from '../../server/refusal.ts';

describe('the flags of the server', () => {
  it('have these defaults', () => {
    expect(parseOptions([])).toEqual({
      host: '127.0.0.1',
      port: 3000,
      replicas: 1,
      cpu: null,
      database: null,
      pool: 10,
      data: null,
      accounts: 1000,
      seed: 1,
      retention: null,
      exitWithParent: false,
      burn: {},
      role: 'all',
      readReplicas: 0,
      readDatabases: [],
      redis: null,
      kafka: null,
      region: null,
      rateLimit: 200,
      news: [],
      tokenSecret: null,
      consumerRate: null,
    });
  });

  it.each([
    ['--cpu=500m', { cpu: 0.5 }],
    ['--cpu=2', { cpu: 2 }],
    ['--cpu=0.25', { cpu: 0.25 }],
    ['--port=0', { port: 0 }],
    ['--retention=3', { retention: 3 }],
    ['--database=postgres://u:p@h/d', { database: 'postgres://u:p@h/d' }],
    ['--test-burn=quote=2ms,trade=0.5ms', { burn: { quote: 0.002, trade: 0.0005 } }],
  ])('%s', (flag, expected) => {
    expect(parseOptions([flag])).toMatchObject(expected);
  });

  it('take the pool from the environment of a Deployment, unless a flag says otherwise', () => {
    expect(parseOptions([], { DB_POOL_MAX: '7' })).toMatchObject({ pool: 7 });
    expect(parseOptions([], { DB_POOL_MAX: '' })).toMatchObject({ pool: 10 });
    expect(parseOptions(['--pool', '5'], { DB_POOL_MAX: '7' })).toMatchObject({ pool: 5 });
  });

  it.each([
    [['--replicas', 'x'], '--replicas "x" must be a whole number from 1 to 64'],
    [['--replicas', '0'], '--replicas "0" must be a whole number from 1 to 64'],
    [['--port', '65536'], '--port "65536" must be a whole number from 0 to 65535'],
    [['--port=-1'], '--port "-1" must be a whole number from 0 to 65535'],
    [['--cpu', '5m'], '--cpu "5m" must be an amount of CPU of 10m or more, for example 500m or 2'],
    [['--cpu', '500Mi'], '--cpu "500Mi" must be an amount of CPU of 10m or more, for example 500m or 2'],
    [['--nope'], "Unknown option '--nope'; --help lists the flags"],
    [['extra'], "Unexpected argument 'extra'; --help lists the flags"],
    [['--test-burn', 'quote=2'], '--test-burn "quote=2" must be quote|trade|history|positions=<number>ms'],
    [['--test-burn', 'x=2ms'], '--test-burn "x=2ms" must be quote|trade|history|positions=<number>ms'],
    [
      ['--database', 'mysql://u:hush@h/d'],
      '--database must be an address such as postgres://user:password@host:5432/name',
    ],
    [
      ['--data', 'd', '--database', 'postgres://h/d'],
      '--data is the folder of the embedded database: leave it out with --database',
    ],
  ])('%j is refused in one line', (args, message) => {
    const parse = (): unknown => parseOptions(args);
    expect(parse).toThrow(Refusal);
    expect(parse).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });
});

describe('secrets', () => {
  it('come from the environment', () => {
    const env = {
      DATABASE_URL: 'postgres://u:p@h/d',
      READ_DATABASE_URLS: 'postgres://u:p@h1/d  postgres://u:p@h2/d',
      REDIS_URL: 'rediss://:p@h:6380',
      KAFKA_BROKERS: 'h1:9092,h2:9092',
      KAFKA_USERNAME: 'fx',
      KAFKA_PASSWORD: 'hush',
      FX_TOKEN_SECRET: 'sixteen letters!',
    };
    expect(parseOptions(['--kafka-tls'], env)).toMatchObject({
      database: env.DATABASE_URL,
      readDatabases: ['postgres://u:p@h1/d', 'postgres://u:p@h2/d'],
      redis: env.REDIS_URL,
      kafka: { brokers: ['h1:9092', 'h2:9092'], tls: true, login: { username: 'fx', password: 'hush' } },
      tokenSecret: env.FX_TOKEN_SECRET,
    });
  });

  it.each([
    [
      { DATABASE_URL: 'hush' },
      '--database must be an address such as postgres://user:password@host:5432/name',
    ],
    [
      { REDIS_URL: 'hush' },
      '--redis must be an address such as redis://127.0.0.1:6379, or rediss:// for TLS',
    ],
    [{ FX_TOKEN_SECRET: 'hush' }, 'FX_TOKEN_SECRET must have 16 characters or more; this one has 4'],
  ])('are not repeated when they are wrong: %j', (env, message) => {
    expect(() => parseOptions([], env)).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });
});
