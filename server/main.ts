import type { Server } from 'node:net';
import { createCpuGroup, enterCpuGroup, findCpuController, sweepCpuGroups } from './cgroup.ts';
import { type Guardian, startGuardian } from './guardian.ts';
import { listen, localUrl } from './listen.ts';
import { help, type Options, parseOptions } from './options.ts';
import { maintainDatabase, prepareDatabase } from './prepare.ts';
import { Refusal, UNREACHABLE } from './refusal.ts';
import { type Replicas, startReplicas } from './replicas.ts';

const maintenanceMs = 3_600_000;
/** Connections beside those of the pools: set-up, maintenance, a collector, somebody's psql. */
const spareConnections = 20;
/** As many as PostgreSQL accepts unless it is told otherwise. */
const defaultConnections = 100;

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

  const guardian = startGuardian();
  closers.push(guardian.stop);
  void guardian.lost.then((reason) => fail(new Refusal(1, reason)));
  const { replicas: count, pool, seed, burn } = options;
  const database = openDatabase(options, guardian, notes);
  const groups = cpuGroups(options, guardian, notes);
  let cpuLimit = groups.length > 0 ? options.cpu : null;
  const settings = database.then(({ url }) => {
    return { replicas: count, database: url, pool, seed, burn, epoch: Date.now() };
  });
  replicas = startReplicas(count, settings, {
    onSpawn(pid, index) {
      const group = groups[index];
      if (group === undefined || cpuLimit === null) return;
      try {
        enterCpuGroup(group, pid);
      } catch (error) {
        cpuLimit = null;
        notes.push(`no CPU limit: ${error instanceof Error ? error.message : error}`);
      }
    },
    onReplaced: (replica, restarts) => say({ event: 'replica', ...replica, restarts }),
    log,
  });
  closers.push(replicas.stop, async () => stopListening(server));
  const [{ url, pid: postgresPid }, started] = await Promise.all([database, replicas.ready]);
  if (ending) return;

  const maintenance = setInterval(() => {
    maintainDatabase(url, options.retention).catch((error: Error) => log(`maintenance: ${error.message}`));
  }, maintenanceMs);
  maintenance.unref();
  say({
    event: 'ready',
    url: localUrl(server),
    database: url,
    postgresPid,
    replicas: started,
    cpuLimit,
    poolSize: pool,
    notes,
  });
}

async function openDatabase(
  options: Options,
  guardian: Guardian,
  notes: string[],
): Promise<{ url: string; pid: number | null }> {
  const { database, data, accounts, seed } = options;
  if (database !== null) {
    try {
      await prepareDatabase(database, { accounts, seed });
      await maintainDatabase(database, options.retention);
    } catch (error) {
      const { message = '', code = '' } = error as { message?: string; code?: string };
      throw new Refusal(UNREACHABLE, `--database ${masked(database)} cannot be used: ${message || code}`);
    }
    return { url: database, pid: null };
  }
  const maxConnections = Math.max(defaultConnections, options.replicas * options.pool + spareConnections);
  const postgres = await guardian.startPostgres({ data, maxConnections });
  await prepareDatabase(postgres.url, { accounts, seed });
  await maintainDatabase(postgres.url, options.retention);
  notes.push(
    `embedded PostgreSQL, ${data === null ? 'its data is deleted at the end' : `its data is kept in ${data}`}`,
  );
  return postgres;
}

function masked(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username && `${username}@`}${host}${pathname}`;
}

/** A CPU group for each replica; none, with a note, where that is not possible. */
function cpuGroups({ cpu, replicas }: Options, guardian: Guardian, notes: string[]): string[] {
  if (cpu === null) return [];
  const controller = findCpuController(process.pid);
  if (typeof controller === 'string') {
    notes.push(`no CPU limit: ${controller}`);
    return [];
  }
  sweepCpuGroups(controller);
  notes.push(`each replica is limited to ${cpu} cores by cgroup v${controller.version}`);
  return Array.from({ length: replicas }, (_, index) => {
    const path = createCpuGroup(controller, process.pid, index, cpu);
    guardian.removeGroup(path);
    return path;
  });
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
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(help);
  } else {
    endOnSignals(options);
    await serve(options);
  }
} catch (error) {
  await fail(error);
}
