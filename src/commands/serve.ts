import { type Command, Option } from 'commander';
import { flag } from '../flag.ts';
import { failure, type Platform, startPlatform } from '../platform.ts';
import { cpuQuantity, maskUrl, parseCores, parseCount, parsePort } from '../units.ts';

type ServeOptions = {
  replicas: number;
  port: number;
  host: string;
  cpu?: number;
  database?: string;
  pool: number;
  data?: string;
  accounts: number;
  json?: boolean;
  quiet?: boolean;
};

export function register(program: Command): void {
  program
    .command('serve')
    .description('start the reference FX trading platform, until Ctrl-C')
    .addOption(
      new Option('--replicas <n>', 'service processes behind the port')
        .argParser(flag(parseCount))
        .default(1),
    )
    .addOption(new Option('--port <port>', '0 for any free one').argParser(flag(parsePort)).default(3000))
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(
      new Option('--cpu <quantity>', 'CPU quota of each replica, for example 500m').argParser(
        flag(parseCores),
      ),
    )
    .addOption(
      new Option('--database <url>', 'use this PostgreSQL instead of an embedded one').conflicts('data'),
    )
    .addOption(
      new Option('--pool <n>', 'database connections of each replica')
        .argParser(flag(parseCount))
        .default(10),
    )
    .option('--data <dir>', 'keep the embedded database in this folder (default: a temporary one)')
    .addOption(new Option('--accounts <n>', 'demo accounts').argParser(flag(parseCount)).default(1000))
    .option('--json', 'print one JSON line when ready, and one for each replica that is replaced')
    .option('-q, --quiet', 'do not show the log')
    .addHelpText('after', examples)
    .action(serve);
}

const examples = `
Examples:
  $ fxscale serve --replicas 2 --cpu 500m
  $ curl http://127.0.0.1:3000/api/prices/EURUSD
  $ curl http://127.0.0.1:3000/api/trading/trades -H 'content-type: application/json' \\
      -d '{"userId":"00000000-0000-4000-8000-000000000000","symbol":"EURUSD","action":"buy","volume":"0.10"}'
`;

async function serve({ json = false, quiet = false, ...options }: ServeOptions): Promise<void> {
  // Why it does not start is in the error that is thrown: it would be said twice.
  let started = false;
  const platform = await startPlatform({
    ...options,
    log: (line) => started && !quiet && process.stderr.write(`${line}\n`),
    onReplica: (replica) =>
      json && process.stdout.write(`${JSON.stringify({ event: 'replica', ...replica })}\n`),
  });
  started = true;
  process.stdout.write(json ? readyLine(platform, options.database) : readyText(platform, options.database));

  const stop = (): void => void platform.stop();
  // A second Ctrl-C ends this process at once, and the platform ends with it by itself.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const end = await platform.exited;
  process.off('SIGINT', stop).off('SIGTERM', stop);
  if (end.code !== 0) throw failure(quiet ? end : { ...end, lastLine: '' });
}

/** The password of a database of the user's is not repeated; that of an embedded one is new, and needed to connect. */
function shownDatabase(platform: Platform, given: string | undefined): string {
  return given === undefined ? platform.database : maskUrl(given);
}

function readyLine(platform: Platform, given: string | undefined): string {
  const { url, postgresPid, replicas, cpuLimit, poolSize, notes } = platform;
  const database = shownDatabase(platform, given);
  const line = { event: 'ready', url, database, postgresPid, replicas, cpuLimit, poolSize, notes };
  return `${JSON.stringify(line)}\n`;
}

function readyText(platform: Platform, given: string | undefined): string {
  const { url, replicas, cpuLimit, poolSize, notes } = platform;
  const limit = cpuLimit === null ? 'no CPU limit' : `${cpuQuantity(cpuLimit)} CPU each`;
  return [
    `The FX platform is ready at ${url}`,
    `  database  ${shownDatabase(platform, given)} (${poolSize} connections per replica)`,
    `  replicas  ${replicas.length}, ${limit}`,
    ...replicas.map(({ index, pid, metrics }) => `            ${index}: process ${pid}, ${metrics}`),
    ...notes.map((note) => `  note      ${note}`),
    'Stop it with Ctrl-C.',
    '',
  ].join('\n');
}
