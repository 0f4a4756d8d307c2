import { parseArgs } from 'node:util';
import { type BurnTimes, type RequestClass, requestClasses } from './http/burn.ts';
import { backgroundRoles, type KafkaSettings } from './processes/settings.ts';
import { Refusal, USAGE } from './refusal.ts';

export const roles = ['all', 'api', ...backgroundRoles] as const;
export type Role = (typeof roles)[number];

export type Options = {
  host: string;
  port: number;
  replicas: number;
  /** Cores per replica. */
  cpu: number | null;
  /** A database of the user's; null for an embedded one. */
  database: string | null;
  /** Connections per replica. */
  pool: number;
  /** The folder of the embedded database; null for a temporary one. */
  data: string | null;
  accounts: number;
  seed: number;
  /** Whole months of trades to keep beside the current one; null for all. */
  retention: number | null;
  role: Role;
  /** Standbys of the embedded database to start. */
  readReplicas: number;
  /** Standbys of the user's database to read from. */
  readDatabases: string[];
  redis: string | null;
  kafka: KafkaSettings | null;
  region: string | null;
  /** Requests per second of one user, at each replica. */
  rateLimit: number;
  /** Seconds after the start at which news comes out. */
  news: number[];
  /** Signs the users' tokens; null for the published one of the demo. */
  tokenSecret: string | null;
  exitWithParent: boolean;
  burn: BurnTimes;
  consumerRate: number | null;
};

export const help = `Usage: node main.js [flags]

The reference FX trading platform: HTTP service replicas behind one port, over PostgreSQL, and with Redis and Kafka
the processes behind them. Prints one JSON line when ready; logs go to stderr. Ends cleanly on SIGTERM or SIGINT.

  --port P             port, 0 for any free one (3000)
  --host H             address to listen on (127.0.0.1)
  --role R             all, or one alone: api, relay, consumer or worker (all). A lone one needs --database
  --replicas N         service processes behind the port, in turn by connection (1)
  --cpu Q              CPU quota of each replica, such as 500m or 1; needs a writable cgroup
  --database URL       use this PostgreSQL instead of an embedded one; it gets tables and demo accounts
  --pool N             database connections of each replica (10)
  --data DIR           keep the embedded database in DIR; without it, it is deleted at the end
  --accounts N         demo accounts, with the ids 00000000-0000-4000-8000-<index in 12 hex digits> (1000)
  --seed S             seed of quotes and of the demo history (1)
  --read-replicas N    standbys of the embedded database to start and read from (0)
  --read-database URL  a standby of --database to read from; may be repeated
  --redis URL          shared cache, invalidation between processes, jobs (REDIS_URL)
  --kafka BROKERS      host:port,...: trade events and analytics (KAFKA_BROKERS)
  --kafka-tls          talk TLS to the brokers
  --region NAME        the region these processes are in, told in health and metrics
  --rate-limit N       requests per second of one user at each replica (200)
  --news LIST          seconds after the start at which news comes out, such as 30,90
  --retention MONTHS   drop trades older than this many whole months (keep all)
  --exit-with-parent   end when stdin is closed
  --help               this text

From the environment: DATABASE_URL, READ_DATABASE_URLS (separated by spaces), REDIS_URL, KAFKA_BROKERS and DB_POOL_MAX
(--pool), where the flag is not given; KAFKA_USERNAME and KAFKA_PASSWORD for SASL (SCRAM-SHA-512); FX_TOKEN_SECRET, which signs the users'
tokens, 16 characters or more; without it the published one of the demo holds.

For tests only:
  --test-burn LIST     CPU time to waste in each request of a class, such as
                       quote=2ms,trade=5ms,history=3ms,positions=1ms
  --test-consumer-rate N  records per second that a consumer may handle
`;

const text = { type: 'string' } as const;

type Environment = Record<string, string | undefined>;

/**
 * @param env where secrets come from, and addresses that no flag gives
 * @throws Refusal one line that names the flag and what would be right
 */
export function parseOptions(args: string[], env: Environment = {}): Options | 'help' {
  const { values } = parse(args);
  if (values.help) return 'help';
  if (values.data !== undefined && values.database !== undefined) {
    throw wrong('--data is the folder of the embedded database: leave it out with --database');
  }
  // With --data the embedded database was asked for by name.
  const database = values.database ?? (values.data === undefined ? env.DATABASE_URL : undefined);
  const options: Options = {
    host: values.host || '127.0.0.1',
    port: whole('--port', values.port ?? '3000', 0, 65535),
    role: role(values.role ?? 'all'),
    replicas: whole('--replicas', values.replicas ?? '1', 1, 64),
    cpu: values.cpu === undefined ? null : cores(values.cpu),
    database: database ? postgresUrl('--database', database) : null,
    pool: whole('--pool', values.pool ?? (env.DB_POOL_MAX || '10'), 1, 1000),
    data: values.data ?? null,
    accounts: whole('--accounts', values.accounts ?? '1000', 1, 10_000_000),
    seed: whole('--seed', values.seed ?? '1', 0, 2 ** 31 - 1),
    retention: values.retention === undefined ? null : whole('--retention', values.retention, 1, 1200),
    readReplicas: whole('--read-replicas', values['read-replicas'] ?? '0', 0, 8),
    readDatabases: (values['read-database'] ?? words(env.READ_DATABASE_URLS)).map((url) =>
      postgresUrl('--read-database', url),
    ),
    redis: redisUrl(values.redis ?? env.REDIS_URL),
    kafka: kafka(values.kafka ?? env.KAFKA_BROKERS, values['kafka-tls'] ?? false, env),
    region: region(values.region),
    rateLimit: whole('--rate-limit', values['rate-limit'] ?? '200', 1, 1_000_000),
    news: newsTimes(values.news),
    tokenSecret: tokenSecret(env.FX_TOKEN_SECRET),
    exitWithParent: values['exit-with-parent'] ?? false,
    burn: values['test-burn'] === undefined ? {} : burnTimes(values['test-burn']),
    consumerRate:
      values['test-consumer-rate'] === undefined
        ? null
        : whole('--test-consumer-rate', values['test-consumer-rate'], 1, 1_000_000),
  };
  checkTogether(options);
  return options;
}

function checkTogether({ role, database, readReplicas, readDatabases, redis, kafka }: Options): void {
  if (database === null && readDatabases.length > 0) {
    throw wrong(
      '--read-database needs --database, of which it is a standby; the embedded one has --read-replicas',
    );
  }
  if (database !== null && readReplicas > 0) {
    throw wrong(
      '--read-replicas are standbys of the embedded database: with --database give --read-database',
    );
  }
  if (role === 'all') return;
  if (database === null)
    throw wrong(`--role ${role} needs --database: the processes of a platform share one`);
  if (role === 'consumer' && kafka === null) throw wrong('--role consumer needs --kafka');
  if (role === 'worker' && redis === null) throw wrong('--role worker needs --redis');
  if (role === 'relay' && kafka === null && redis === null) {
    throw wrong('--role relay needs --kafka or --redis: it carries events and jobs there');
  }
}

function parse(args: string[]) {
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      options: {
        ...{ host: text, port: text, replicas: text, cpu: text, database: text, pool: text, data: text },
        ...{ accounts: text, seed: text, retention: text, role: text, redis: text, kafka: text, news: text },
        ...{ region: text, 'read-replicas': text, 'rate-limit': text, 'test-burn': text },
        ...{ 'test-consumer-rate': text, 'read-database': { type: 'string', multiple: true } },
        ...{ 'kafka-tls': flag, 'exit-with-parent': flag, help: flag },
      },
    });
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw wrong(`${first}; --help lists the flags`);
  }
}

function wrong(message: string): Refusal {
  return new Refusal(USAGE, message);
}

function whole(flag: string, value: string, min: number, max: number): number {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= min && number <= max)) {
    throw wrong(`${flag} ${JSON.stringify(value)} must be a whole number from ${min} to ${max}`);
  }
  return number;
}

function cores(value: string): number {
  const match = /^(\d+(?:\.\d+)?)(m)?$/.exec(value);
  const number = match ? Number(match[1]) / (match[2] ? 1000 : 1) : Number.NaN;
  // The kernel takes no quota under 1 ms of each 100 ms.
  if (!(number >= 0.01 && number <= 1024)) {
    throw wrong(
      `--cpu ${JSON.stringify(value)} must be an amount of CPU of 10m or more, for example 500m or 2`,
    );
  }
  return number;
}

function words(list: string | undefined): string[] {
  return list?.split(/\s+/).filter((word) => word !== '') ?? [];
}

function role(value: string): Role {
  const known = roles.find((each) => each === value);
  if (!known) throw wrong(`--role ${JSON.stringify(value)} must be one of ${roles.join(', ')}`);
  return known;
}

function postgresUrl(flag: string, value: string): string {
  if (/^postgres(ql)?:\/\/.+/.test(value) && URL.canParse(value)) return value;
  // Not repeated: it may hold a password.
  throw wrong(`${flag} must be an address such as postgres://user:password@host:5432/name`);
}

function redisUrl(value: string | undefined): string | null {
  if (!value) return null;
  if (/^rediss?:\/\/.+/.test(value) && URL.canParse(value)) return value;
  throw wrong('--redis must be an address such as redis://127.0.0.1:6379, or rediss:// for TLS');
}

function kafka(value: string | undefined, tls: boolean, env: Environment): KafkaSettings | null {
  if (!value) return null;
  const brokers = value.split(',');
  const odd = brokers.find((broker) => !/^(\[[\da-fA-F:]+\]|[^\s:/@]+):\d{1,5}$/.test(broker));
  if (odd !== undefined) {
    throw wrong(`--kafka ${JSON.stringify(odd)} must be host:port, several separated by commas`);
  }
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = env;
  return { brokers, tls, login: username && password ? { username, password } : null };
}

function region(value: string | undefined): string | null {
  if (value === undefined) return null;
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(value)) return value;
  throw wrong(`--region ${JSON.stringify(value)} must be a name such as us-east-1`);
}

function newsTimes(value: string | undefined): number[] {
  return value === undefined ? [] : value.split(',').map((part) => whole('--news', part, 0, 31_536_000));
}

function tokenSecret(value: string | undefined): string | null {
  if (!value) return null;
  if (value.length >= 16) return value;
  throw wrong(`FX_TOKEN_SECRET must have 16 characters or more; this one has ${value.length}`);
}

function burnTimes(value: string): BurnTimes {
  const times: BurnTimes = {};
  for (const part of value.split(',')) {
    const match = /^(\w+)=(\d+(?:\.\d+)?)ms$/.exec(part);
    const name = requestClasses.find((each: RequestClass) => each === match?.[1]);
    if (!name)
      throw wrong(`--test-burn ${JSON.stringify(part)} must be ${requestClasses.join('|')}=<number>ms`);
    times[name] = Number(match?.[2]) / 1000;
  }
  return times;
}
