import { parseArgs } from 'node:util';
import { type BurnTimes, type RequestClass, requestClasses } from './burn.ts';
import { Refusal, USAGE } from './refusal.ts';

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
  exitWithParent: boolean;
  burn: BurnTimes;
};

export const help = `Usage: node main.js [flags]

The reference FX trading platform: HTTP service replicas behind one port, over PostgreSQL.
Prints one JSON line when ready; logs go to stderr. Ends cleanly on SIGTERM or SIGINT.

  --port P             port, 0 for any free one (3000)
  --host H             address to listen on (127.0.0.1)
  --replicas N         service processes behind the port, in turn by connection (1)
  --cpu Q              CPU quota of each replica, such as 500m or 1; needs a writable cgroup
  --database URL       use this PostgreSQL instead of an embedded one; it gets tables and demo accounts
  --pool N             database connections of each replica (10)
  --data DIR           keep the embedded database in DIR; without it, it is deleted at the end
  --accounts N         demo accounts, with the ids 00000000-0000-4000-8000-<index in 12 hex digits> (1000)
  --seed S             seed of quotes and of the demo history (1)
  --retention MONTHS   drop trades older than this many whole months (keep all)
  --exit-with-parent   end when stdin is closed
  --help               this text

For tests only:
  --test-burn LIST     CPU time to waste in each request of a class, such as
                       quote=2ms,trade=5ms,history=3ms,positions=1ms
`;

const text = { type: 'string' } as const;

/** @throws Refusal one line that names the flag and what would be right */
export function parseOptions(args: string[]): Options | 'help' {
  const { values } = parse(args);
  if (values.help) return 'help';
  if (values.data !== undefined && values.database !== undefined) {
    throw wrong('--data is the folder of the embedded database: leave it out with --database');
  }
  return {
    host: values.host || '127.0.0.1',
    port: whole('--port', values.port ?? '3000', 0, 65535),
    replicas: whole('--replicas', values.replicas ?? '1', 1, 64),
    cpu: values.cpu === undefined ? null : cores(values.cpu),
    database: values.database === undefined ? null : postgresUrl(values.database),
    pool: whole('--pool', values.pool ?? '10', 1, 1000),
    data: values.data ?? null,
    accounts: whole('--accounts', values.accounts ?? '1000', 1, 10_000_000),
    seed: whole('--seed', values.seed ?? '1', 0, 2 ** 31 - 1),
    retention: values.retention === undefined ? null : whole('--retention', values.retention, 1, 1200),
    exitWithParent: values['exit-with-parent'] ?? false,
    burn: values['test-burn'] === undefined ? {} : burnTimes(values['test-burn']),
  };
}

function parse(args: string[]) {
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      options: {
        ...{ host: text, port: text, replicas: text, cpu: text, database: text, pool: text, data: text },
        ...{ accounts: text, seed: text, retention: text, 'test-burn': text },
        ...{ 'exit-with-parent': flag, help: flag },
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

function postgresUrl(value: string): string {
  if (/^postgres(ql)?:\/\/.+/.test(value) && URL.canParse(value)) return value;
  // Not repeated: it may hold a password.
  throw wrong('--database must be an address such as postgres://user:password@host:5432/name');
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
