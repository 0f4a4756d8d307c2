import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { type ErrorCode, FxscaleError } from './errors.ts';
import { cpuQuantity } from './units.ts';

export type PlatformOptions = {
  host?: string;
  /** 0 for any free port, which is the default here. */
  port?: number;
  replicas?: number;
  /** Cores per replica. */
  cpu?: number;
  /** A PostgreSQL to use instead of an embedded one. */
  database?: string;
  /** Database connections per replica. */
  pool?: number;
  /** A folder that keeps the embedded database. */
  data?: string;
  accounts?: number;
  seed?: number;
  /** For tests: CPU time to waste per request class, such as `quote=2ms,trade=5ms`. */
  testBurn?: string;
  /** Takes the server's log, line by line; without it the log is dropped. */
  log?: (line: string) => void;
  /** Called when a replica has taken the place of one that ended. */
  onReplica?: (replica: Replica) => void;
  /** The compiled server, where this file itself is not run from the build. */
  program?: string;
};

export type Replica = { index: number; pid: number; metrics: string };

export type PlatformEnd = { code: number | null; signal: NodeJS.Signals | null; lastLine: string };

export type Platform = {
  url: string;
  /** With the password of an embedded database in it, which is new in each temporary one. */
  database: string;
  postgresPid: number | null;
  /** Those running now: kept up to date when one is replaced. */
  replicas: readonly Replica[];
  /** Cores per replica; null when there is no limit, also when one was asked for and could not be had (see `notes`). */
  cpuLimit: number | null;
  /** Database connections per replica. */
  poolSize: number;
  notes: readonly string[];
  exited: Promise<PlatformEnd>;
  /** Lets requests finish and waits until the server, its database and its temporary files are gone. */
  stop(): Promise<void>;
};

type Ready = Omit<Platform, 'exited' | 'stop' | 'replicas'> & { replicas: Replica[] };
type ServerEvent = ({ event: 'ready' } & Ready) | ({ event: 'replica' } & Replica);

const compiled = path.join(import.meta.dirname, '..', 'server', 'main.js');
/** Requests get ten seconds to finish, PostgreSQL as many to write its data, and each is killed some time after. */
const stopMs = 40_000;

/**
 * Starts the reference platform as a process of its own and waits until it is ready. It ends by itself when this
 * process is gone, even after a SIGKILL: it watches the pipe that is its stdin.
 * @throws FxscaleError PORT, USAGE, UNREACHABLE or INTERNAL, with the last line that the server logged
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  // A process group of its own: a Ctrl-C comes to it once, from this process, and not from the terminal as well.
  const child = spawn(process.execPath, [options.program ?? compiled, ...toFlags(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const exited = untilExit(child, createInterface({ input: child.stderr }), options.log);
  const events = createInterface({ input: child.stdout });

  const ready = new Promise<Ready>((resolve) => {
    events.on('line', (line) => {
      const event = JSON.parse(line) as ServerEvent;
      if (event.event === 'ready') resolve(event);
    });
  });
  const first = await Promise.race([ready, exited]);
  if ('lastLine' in first) throw failure(first);

  const { url, database, postgresPid, replicas, cpuLimit, poolSize, notes } = first;
  events.on('line', (line) => {
    const event = JSON.parse(line) as ServerEvent;
    if (event.event !== 'replica') return;
    const { index, pid, metrics } = event;
    replicas[index] = { index, pid, metrics };
    options.onReplica?.({ index, pid, metrics });
  });
  // Told once: to the server a second signal means that it must not wait for requests.
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= end(child, exited);
    return stopped;
  };
  return { url, database, postgresPid, replicas, cpuLimit, poolSize, notes, exited, stop };
}

async function end(child: ChildProcess, exited: Promise<PlatformEnd>): Promise<void> {
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(killer);
}

function toFlags(options: PlatformOptions): string[] {
  const { host, port = 0, replicas, cpu, database, pool, data, accounts, seed, testBurn } = options;
  const values: Record<string, string | number | undefined> = {
    host,
    port,
    replicas,
    cpu: cpu === undefined ? undefined : cpuQuantity(cpu),
    database,
    pool,
    data,
    accounts,
    seed,
    'test-burn': testBurn,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return ['--exit-with-parent', ...given.map(([name, value]) => `--${name}=${value}`)];
}

/** `close` and not `exit`: the last line of the log is then read. */
function untilExit(
  child: ChildProcess,
  stderr: Interface,
  log?: (line: string) => void,
): Promise<PlatformEnd> {
  let lastLine = '';
  stderr.on('line', (line) => {
    if (line.trim() !== '') lastLine = line;
    log?.(line);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, lastLine: error.message }));
    child.once('close', (code, signal) => resolve({ code, signal, lastLine }));
  });
}

/** Why the server ended, as the error to report; its exit codes 2 and 4 mean the same as ours. */
export function failure({ code, signal, lastLine }: PlatformEnd): FxscaleError {
  const message = lastLine || `the platform ended with ${signal ?? `exit code ${code}`}`;
  return new FxscaleError(codeFor(code, message), message);
}

function codeFor(code: number | null, message: string): ErrorCode {
  if (code === 2) return message.startsWith('port ') ? 'PORT' : 'USAGE';
  return code === 4 ? 'UNREACHABLE' : 'INTERNAL';
}
