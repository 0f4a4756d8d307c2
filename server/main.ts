import type { Server } from 'node:net';
import { startGuardian } from './embedded/guardian.ts';
import { help, type Options, parseOptions } from './options.ts';
import { type BackgroundProcess, startBackground } from './processes/background.ts';
import { openCpuGroups } from './processes/cpu-groups.ts';
import { maintain, shownUrls, type UsedDatabase, useDatabase } from './processes/database.ts';
import { listen, localUrl } from './processes/listen.ts';
import { type Replicas, startReplicas } from './processes/replicas.ts';
import type { BackgroundRole, Settings } from './processes/settings.ts';
import { Refusal } from './refusal.ts';

const maintenanceMs = 3_600_000;
/** Signs the tokens of a demo: published, so that every scenario can sign, and nothing to protect real money with. */
const demoTokenSecret = 'fx-platform-demo-secret';

/** What to undo at the end, last first. */
const closers: (() => Promise<void>)[] = [];
let ending = false;

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function end(exitCode: number): Promise<void> {
  if (ending) return;
  ending = true;
  for (const close of closers.toReversed()) await close();
  process.exit(exitCode);
}

async function fail(error: unknown): Promise<void> {
  // Once the end has begun, a start-up that was under way breaks off in many ways.
  if (ending) return;
  log(error instanceof Refusal ? error.message : String(error instanceof Error ? error.stack : error));
  await end(error instanceof Refusal ? error.exitCode : 1);
}

async function serve(options: Options): Promise<void> {
  const notes: string[] = [];
  let replicas: Replicas | undefined;
  const server = await listen(options.host, options.port, (socket) => {
    if (replicas) replicas.accept(socket);
    else socket.resetAndDestroy();
  });
  closers.push(async () => stopListening(server));

  const guardian = startGuardian(undefined, (restarted) => say({ event: 'postgres', ...restarted }));
  closers.push(guardian.stop);
  void guardian.lost.then((reason) => fail(new Refusal(1, reason)));
  const database = useDatabase(options, guardian, notes);
  const settings = database.then((used) => settingsOf(options, used));
  const background = startAll(backgroundRoles(options), settings, '127.0.0.1', 0);
  const groups = openCpuGroups(options, guardian, notes);
  replicas = startReplicas(options.replicas, settings, {
    onSpawn: (pid, index) => groups.enter(index, pid),
    onReplaced: (replica, restarts) => say({ event: 'replica', ...replica, restarts }),
    log,
  });
  closers.push(replicas.stop, async () => stopListening(server));
  const [used, started, processes] = await Promise.all([database, replicas.ready, background]);
  if (ending) return;

  startMaintenance(used, options);
  say({
    event: 'ready',
    url: localUrl(server),
    ...shownUrls(used),
    standbys: used.standbys,
    postgresPid: used.pid,
    replicas: started,
    processes,
    cpuLimit: groups.limit(),
    poolSize: options.pool,
    notes: [...notes, ...absences(options)],
  });
}

/** A relay, consumers or workers alone: their metrics are at the port. */
async function serveRole(options: Options, role: BackgroundRole): Promise<void> {
  const guardian = startGuardian();
  closers.push(guardian.stop);
  const used = await useDatabase(options, guardian, []);
  const roles = Array.from({ length: options.replicas }, () => role);
  const settings = Promise.resolve(settingsOf(options, used));
  const processes = await startAll(roles, settings, options.host, options.port);
  if (ending) return;
  const url = processes[0]?.metrics.replace(/\/metrics$/, '') ?? '';
  const { database } = shownUrls(used);
  const none = { postgresPid: null, replicas: [], cpuLimit: null };
  say({ event: 'ready', url, database, ...none, processes, poolSize: options.pool, notes: [] });
}

/** The first listens at the port given, the others at any free one. */
function startAll(
  roles: BackgroundRole[],
  settings: Promise<Settings>,
  host: string,
  port: number,
): Promise<BackgroundProcess[]> {
  const all = roles.map((role, index) =>
    startBackground(role, index, settings, index === 0 ? { host, port } : { host, port: 0 }, {
      onReplaced: (process, restarts) => say({ event: 'process', ...process, restarts }),
      log,
    }),
  );
  closers.push(async () => void (await Promise.all(all.map((each) => each.stop()))));
  return Promise.all(all.map((each) => each.ready));
}

function backgroundRoles({ role, kafka, redis }: Options): BackgroundRole[] {
  if (role !== 'all') return [];
  return [
    ...(kafka || redis ? (['relay'] as const) : []),
    ...(kafka ? (['consumer'] as const) : []),
    ...(redis ? (['worker'] as const) : []),
  ];
}

function settingsOf(options: Options, { url, readUrls }: UsedDatabase): Settings {
  const { region, pool, redis, kafka, replicas, seed, news, rateLimit, burn, consumerRate } = options;
  return {
    ...{ region, database: url, readDatabases: readUrls, pool, redis, kafka, replicas, seed, news },
    ...{ rateLimit, burn, consumerRate, epoch: Date.now() },
    tokenSecret: options.tokenSecret ?? demoTokenSecret,
  };
}

/** What the platform runs without. */
function absences({ redis, kafka, tokenSecret }: Options): string[] {
  return [
    redis === null && 'no Redis: each replica has a cache of its own, and there are no settlement jobs',
    kafka === null && 'no Kafka: there are no trade events and no analytics',
    tokenSecret === null && 'tokens are signed with the published secret of the demo; set FX_TOKEN_SECRET',
  ].filter((note) => note !== false);
}

function startMaintenance(used: UsedDatabase, options: Options): void {
  const round = setInterval(() => {
    maintain(used, options).catch((error: Error) => log(`maintenance: ${error.message}`));
  }, maintenanceMs);
  round.unref();
}

/** At once; its callback would wait for the connections that the replicas have. */
function stopListening(server: Server): void {
  if (server.listening) server.close();
}

function endOnSignals(options: Options): void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    // A second signal does not wait for requests; the guardian still clears up.
    process.on(signal, () => (ending ? process.exit(1) : void end(0)));
  }
  if (options.exitWithParent) {
    process.stdin.resume().on('error', () => undefined);
    process.stdin.once('close', () => void end(0));
  }
  // The reader may be gone; that is no reason not to end cleanly.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

try {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    process.stdout.write(help);
  } else {
    endOnSignals(options);
    const { role } = options;
    await (role === 'all' || role === 'api' ? serve(options) : serveRole(options, role));
  }
} catch (error) {
  await fail(error);
}
