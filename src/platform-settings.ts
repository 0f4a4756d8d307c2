import { cpuQuantity } from './units.ts';

/** The processes of a platform that can run alone. */
export const backgroundRoles = ['relay', 'consumer', 'worker'] as const;

export type PlatformRole = 'all' | 'api' | (typeof backgroundRoles)[number];

export type PlatformOptions = {
  host?: string;
  /** 0 for any free port, which is the default here. */
  port?: number;
  role?: PlatformRole;
  replicas?: number;
  /** Cores per replica. */
  cpu?: number;
  /** A PostgreSQL to use instead of an embedded one. */
  database?: string;
  /** Standbys of `database` to read from. */
  readDatabases?: readonly string[];
  /** Standbys of the embedded database to start. */
  readReplicas?: number;
  /** Database connections per replica. */
  pool?: number;
  /** A folder that keeps the embedded database. */
  data?: string;
  /** Whole months of trades to keep beside the current one. */
  retention?: number;
  redis?: string;
  /** `host:port,...` */
  kafka?: string;
  kafkaTls?: boolean;
  kafkaLogin?: { username: string; password: string };
  region?: string;
  accounts?: number;
  seed?: number;
  /** Seconds after the start at which news comes out, separated by commas. */
  news?: string;
  /** Requests per second of one user at each replica. */
  rateLimit?: number;
  /** Signs the users' tokens; without it the published secret of the demo does. */
  tokenSecret?: string;
  /** For tests: CPU time to waste per request class, such as `quote=2ms,trade=5ms`. */
  testBurn?: string;
  /** For tests: records per second that a consumer may handle. */
  testConsumerRate?: number;
};

/** What the server takes from its environment; anybody on the machine may read its arguments. */
const secretNames = [
  'DATABASE_URL',
  'READ_DATABASE_URLS',
  'REDIS_URL',
  'KAFKA_BROKERS',
  'KAFKA_USERNAME',
  'KAFKA_PASSWORD',
  'FX_TOKEN_SECRET',
] as const;

type Environment = Record<string, string | undefined>;

/** The server's arguments: everything that is no secret. */
export function platformFlags(options: PlatformOptions): string[] {
  const { cpu, port = 0, kafkaTls = false } = options;
  const values: Record<string, string | number | undefined> = {
    host: options.host,
    port,
    role: options.role,
    replicas: options.replicas,
    cpu: cpu === undefined ? undefined : cpuQuantity(cpu),
    'read-replicas': options.readReplicas,
    pool: options.pool,
    data: options.data,
    retention: options.retention,
    region: options.region,
    accounts: options.accounts,
    seed: options.seed,
    news: options.news,
    'rate-limit': options.rateLimit,
    'test-burn': options.testBurn,
    'test-consumer-rate': options.testConsumerRate,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return [
    '--exit-with-parent',
    ...(kafkaTls ? ['--kafka-tls'] : []),
    ...given.map(([name, value]) => `--${name}=${value}`),
  ];
}

/**
 * The server's environment: the one `inherited`, with the addresses and secrets of the options and no others, so that
 * a DATABASE_URL that happens to be exported is not filled with demo accounts.
 */
export function platformEnvironment(options: PlatformOptions, inherited: Environment): Environment {
  const secrets: Record<(typeof secretNames)[number], string | undefined> = {
    DATABASE_URL: options.database,
    READ_DATABASE_URLS: options.readDatabases?.join(' '),
    REDIS_URL: options.redis,
    KAFKA_BROKERS: options.kafka,
    KAFKA_USERNAME: options.kafkaLogin?.username,
    KAFKA_PASSWORD: options.kafkaLogin?.password,
    FX_TOKEN_SECRET: options.tokenSecret,
  };
  return { ...inherited, ...secrets };
}

/** What `options` leave open, from the environment of somebody who asked for a platform by name. */
export function withEnvironment(options: PlatformOptions, env: Environment): PlatformOptions {
  const read = (name: (typeof secretNames)[number]) => env[name] || undefined;
  const [username, password] = [read('KAFKA_USERNAME'), read('KAFKA_PASSWORD')];
  const found = {
    // Who names a folder for the embedded database wants the embedded database.
    ...(options.data === undefined && {
      database: read('DATABASE_URL'),
      readDatabases: read('READ_DATABASE_URLS')?.trim().split(/\s+/),
    }),
    redis: read('REDIS_URL'),
    kafka: read('KAFKA_BROKERS'),
    kafkaLogin: username && password ? { username, password } : undefined,
    tokenSecret: read('FX_TOKEN_SECRET'),
  };
  return { ...given(found), ...given(options) };
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function given<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
