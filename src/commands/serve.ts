import { type Command, Option } from 'commander';
import { demoAccount, demoToken } from '../demo-token.ts';
import { flag } from '../flag.ts';
import { failure, type Platform, startPlatform } from '../platform.ts';
import { backgroundRoles, type PlatformOptions, withEnvironment } from '../platform-settings.ts';
import { cpuQuantity, maskUrl, parseCores, parseCount, parseNumber, parsePort } from '../units.ts';

type ServeOptions = Omit<PlatformOptions, 'readDatabases' | 'host' | 'pool'> & {
  host: string;
  pool: number;
  readDatabase?: string[];
  json?: boolean;
  quiet?: boolean;
};

const defaultPort = 3000;
const tokenSeconds = 3600;

export function register(program: Command): void {
  const command = program
    .command('serve')
    .addOption(count('--replicas <n>', 'service processes behind the port').default(1))
    .addOption(
      option('--port <port>', parsePort, `0 for any free one (default: ${defaultPort}; with a role, any)`),
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(option('--cpu <quantity>', parseCores, 'CPU quota of each replica, for example 500m'))
    .addOption(
      new Option('--role <role>', 'run only this part of the platform, over services that it shares')
        .choices(['all', 'api', ...backgroundRoles])
        .default('all'),
    )
    .option('--region <name>', 'the region it is in, told in health and metrics');
  addDatabaseOptions(command);
  addServiceOptions(command);
  addMarketOptions(command);
  command
    .optionsGroup('Output:')
    .option('--json', 'a JSON line when ready, and one for each process that is replaced')
    .option('-q, --quiet', 'do not show the log')
    .option('--no-color', 'no colours (there are none)')
    .helpOption('-h, --help', 'this text')
    .addHelpText('after', notes)
    .action(serve);
}

function addDatabaseOptions(command: Command): void {
  command
    .optionsGroup('Database:')
    .addOption(
      new Option('--database <url>', 'use this PostgreSQL instead of an embedded one').conflicts('data'),
    )
    .addOption(
      new Option('--read-database <url>', 'read from this standby of it; repeatable').argParser(
        (url: string, before: string[] = []) => [...before, url],
      ),
    )
    .option('--data <dir>', 'keep the embedded database in this folder (default: a temporary one)')
    .addOption(option('--read-replicas <n>', parseNumber, 'standbys of the embedded one to read from'))
    .addOption(count('--pool <n>', 'connections of each process').default(10).env('DB_POOL_MAX'))
    .addOption(count('--retention <months>', 'drop older trades, by whole months (default: keep all)'));
}

function addServiceOptions(command: Command): void {
  command
    .optionsGroup('Services that it runs without, and says so:')
    .option('--redis <url>', 'shared cache, invalidation between processes, settlement jobs')
    .option('--kafka <brokers>', 'trade events and analytics; host:port,...')
    .option('--kafka-tls', 'talk TLS to the brokers');
}

function addMarketOptions(command: Command): void {
  command
    .optionsGroup('Market:')
    .addOption(count('--accounts <n>', 'demo accounts').default(1000))
    .addOption(option('--seed <n>', parseNumber, 'of quotes and of the demo history (default: 1)'))
    .option('--news <seconds>', 'when news comes out, in seconds after the start, such as 30,90')
    .addOption(count('--rate-limit <n>', 'requests per second of one user, at each replica (default: 200)'));
}

function option(flags: string, parse: (text: string) => number, description: string): Option {
  return new Option(flags, description).argParser(flag(parse));
}

function count(flags: string, description: string): Option {
  return option(flags, parseCount, description);
}

const notes = `
Environment, where the flag is not given: DATABASE_URL, READ_DATABASE_URLS (separated by spaces), REDIS_URL,
KAFKA_BROKERS; KAFKA_USERNAME and KAFKA_PASSWORD (SCRAM-SHA-512); FX_TOKEN_SECRET signs the users' tokens.
With --data, the database is the embedded one whatever the environment says.

Examples:
  $ fxscale serve --replicas 2 --cpu 500m
  $ curl http://127.0.0.1:3000/api/prices/EURUSD
  $ curl http://127.0.0.1:3000/api/trading/positions/${demoAccount} \\
      -H "authorization: Bearer $TOKEN"       # it prints a token when it is ready
  $ fxscale serve --read-replicas 2 --redis redis://127.0.0.1:6379 --kafka 127.0.0.1:9092 --news 60
  $ DATABASE_URL=postgres://fx:secret@db/fx fxscale serve --role consumer --kafka 127.0.0.1:9092`;

async function serve(flags: ServeOptions): Promise<void> {
  const { json = false, quiet = false, readDatabase, ...rest } = flags;
  const options = withEnvironment(
    { ...rest, ...(readDatabase && { readDatabases: readDatabase }) },
    process.env,
  );
  const asLine = lineWriter(options);
  // Why it does not start is in the error that is thrown: it would be said twice.
  let started = false;
  const platform = await startPlatform({
    ...options,
    port: options.port ?? (isBackground(options) ? 0 : defaultPort),
    log: (line) => started && !quiet && process.stderr.write(`${line}\n`),
    onEvent: (event) => json && process.stdout.write(asLine(event)),
  });
  started = true;
  const { exited, stop: stopPlatform, ...ready } = platform;
  process.stdout.write(json ? asLine({ event: 'ready', ...ready }) : readyText(platform, options));

  const stop = (): void => void stopPlatform();
  // A second Ctrl-C ends this process at once, and the platform ends with it by itself.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const end = await exited;
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (end.code !== 0) throw failure(quiet ? end : { ...end, lastLine: '' });
}

function isBackground({ role }: PlatformOptions): boolean {
  return backgroundRoles.some((each) => each === role);
}

/** The password of an address of the user's is not repeated; that of an embedded one is new, and needed to connect. */
function shown(url: string, { database, readDatabases = [], redis }: PlatformOptions): string {
  return [database, redis, ...readDatabases].includes(url) ? maskUrl(url) : url;
}

function lineWriter(options: PlatformOptions): (event: object) => string {
  const masked = (_key: string, value: unknown) =>
    typeof value === 'string' ? shown(value, options) : value;
  return (event) => `${JSON.stringify(event, masked)}\n`;
}

type Row = [name: string, text: string];

function readyText(platform: Platform, options: PlatformOptions): string {
  const part = isBackground(options) ? `The FX platform's ${options.role}` : 'The FX platform';
  const rows: Row[] = [
    ...databaseRows(platform, options),
    ...serviceRows(options),
    ...processRows(platform),
    ...platform.notes.map((note): Row => ['note', note]),
  ];
  return [
    `${part} is ready at ${platform.url}`,
    ...rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}`),
    ...invitation(platform, options),
    'Stop it with Ctrl-C.',
    '',
  ].join('\n');
}

function databaseRows(platform: Platform, options: PlatformOptions): Row[] {
  const { database, readDatabases, standbys, poolSize } = platform;
  const standbyRow = (url: string): Row => {
    const pid = standbys.find((each) => each.url === url)?.pid;
    return ['standby', pid === undefined ? shown(url, options) : `${url}, process ${pid}`];
  };
  return [
    ['database', `${shown(database, options)} (${poolSize} connections per process)`],
    ...readDatabases.map(standbyRow),
  ];
}

function serviceRows(options: PlatformOptions): Row[] {
  const { redis, kafka, kafkaTls = false, region } = options;
  return [
    ...(redis === undefined ? [] : [['redis', shown(redis, options)] satisfies Row]),
    ...(kafka === undefined ? [] : [['kafka', kafkaTls ? `${kafka} (TLS)` : kafka] satisfies Row]),
    ...(region === undefined ? [] : [['region', region] satisfies Row]),
  ];
}

function processRows({ replicas, processes, cpuLimit }: Platform): Row[] {
  const limit = cpuLimit === null ? 'no CPU limit' : `${cpuQuantity(cpuLimit)} CPU each`;
  return [
    ...(replicas.length === 0 ? [] : [['replicas', `${replicas.length}, ${limit}`] satisfies Row]),
    ...replicas.map(({ index, pid, metrics }): Row => ['', `${index}: process ${pid}, ${metrics}`]),
    ...processes.map(({ role, index, pid, metrics }): Row => [role, `${index}: process ${pid}, ${metrics}`]),
  ];
}

/** A first order, where tokens are signed with the published secret. */
function invitation({ url }: Platform, options: PlatformOptions): string[] {
  if (isBackground(options) || options.tokenSecret !== undefined) return [];
  const order = { userId: demoAccount, symbol: 'EURUSD', action: 'buy', volume: '0.10' };
  return [
    'A token of demo account 0, for an hour:',
    `  TOKEN=${demoToken(Math.floor(Date.now() / 1000) + tokenSeconds)}`,
    `  curl ${url}/api/trading/trades -H "authorization: Bearer $TOKEN" \\`,
    `    -H 'content-type: application/json' -d '${JSON.stringify(order)}'`,
  ];
}
