import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { type ErrorCode, FxscaleError } from './errors.ts';
import { type PlatformOptions, platformEnvironment, platformFlags } from './platform-settings.ts';

export type StartOptions = PlatformOptions & {
  /** Takes the server's log, line by line; without it the log is dropped. */
  log?: (line: string) => void;
  /** Called when a replica has taken the place of one that ended. */
  onReplica?: (replica: Replica) => void;
  /** Called with whatever the server tells after it was ready, also with what this version does not know. */
  onEvent?: (event: ServerEvent) => void;
  /** The compiled server, where this file itself is not run from the build. */
  program?: string;
};

export type Replica = { index: number; pid: number; metrics: string };

/** A process beside the replicas: of role relay, consumer or worker. */
export type BackgroundProcess = { role: string; index: number; pid: number; metrics: string };

export type ServerEvent = { event: string } & Record<string, unknown>;

export type PlatformEnd = { code: number | null; signal: NodeJS.Signals | null; lastLine: string };

type Ready = {
  /** Of the API, or of the metrics of a role without it. */
  url: string;
  /** With the password of an embedded database in it, which is new in each temporary one. */
  database: string;
  /** Standbys that are read from. */
  readDatabases: readonly string[];
  /** Those of the embedded database, and their processes. */
  standbys: readonly { url: string; pid: number }[];
  /** Of the embedded database, which is started again when it ends, as its standbys are. */
  postgresPid: number | null;
  /** Those running now: kept up to date when one is replaced. */
  replicas: readonly Replica[];
  /** Those running now, as `replicas`. */
  processes: readonly BackgroundProcess[];
  /** Cores per replica; null when there is no limit, also when one was asked for and could not be had (see `notes`). */
  cpuLimit: number | null;
  /** Database connections per replica. */
  poolSize: number;
  notes: readonly string[];
};

export type Platform = Ready & {
  exited: Promise<PlatformEnd>;
  /** Lets requests finish and waits until the server, its database and its temporary files are gone. */
  stop(): Promise<void>;
};

// Files of the package are found from top-level files like this one: bundled or not, those are two folders deep.
const compiled = path.join(import.meta.dirname, '..', 'server', 'main.js');
/** The scenario that the demo runs. */
export const demoScenario = path.join(import.meta.dirname, '..', '..', 'scenarios', 'trading.ts');
/** Requests get ten seconds to finish, PostgreSQL as many to write its data, and each is killed some time after. */
const stopMs = 40_000;

/**
 * Starts the reference platform as a process of its own and waits until it is ready. It ends by itself when this
 * process is gone, even after a SIGKILL: it watches the pipe that is its stdin. Databases and brokers are those of
 * the options only, whatever this process's environment names.
 * @throws FxscaleError PORT, USAGE, UNREACHABLE or INTERNAL, with the last line that the server logged
 */
export async function startPlatform(options: StartOptions = {}): Promise<Platform> {
  // A process group of its own: a Ctrl-C comes to it once, from this process, and not from the terminal as well.
  const child = spawn(process.execPath, [options.program ?? compiled, ...platformFlags(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: platformEnvironment(options, process.env),
  });
  child.stdin.on('error', () => undefined);
  const exited = untilExit(child, createInterface({ input: child.stderr }), options.log);
  const ready = untilReady(createInterface({ input: child.stdout }), options);

  const first = await Promise.race([ready, exited]);
  if ('lastLine' in first) throw failure(first);
  // Told once: to the server a second signal means that it must not wait for requests.
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= end(child, exited);
    return stopped;
  };
  return Object.assign(first, { exited, stop });
}

/** What the server is ready with; later events keep it up to date. */
function untilReady(events: Interface, hooks: StartOptions): Promise<Ready> {
  return new Promise((resolve) => {
    let ready: Ready | undefined;
    events.on('line', (line) => {
      const told = parseEvent(line);
      if (told && ready) return follow(ready, told, hooks);
      if (told?.event !== 'ready') return;
      const { event: _, ...fields } = told;
      ready = { readDatabases: [], standbys: [], processes: [], ...fields } as unknown as Ready;
      resolve(ready);
    });
  });
}

function follow(ready: Ready, told: ServerEvent, { onReplica, onEvent }: StartOptions): void {
  if (told.event === 'replica') {
    const { index, pid, metrics } = told as unknown as Replica;
    ready.replicas = ready.replicas.with(index, { index, pid, metrics });
    onReplica?.({ index, pid, metrics });
  }
  if (told.event === 'process') {
    const { role, index, pid, metrics } = told as unknown as BackgroundProcess;
    const replaced = { role, index, pid, metrics };
    ready.processes = ready.processes.map((each) =>
      each.role === role && each.index === index ? replaced : each,
    );
  }
  if (told.event === 'postgres') {
    const { role, index, pid } = told as unknown as { role: string; index: number; pid: number };
    if (role === 'primary') ready.postgresPid = pid;
    else ready.standbys = ready.standbys.map((each, at) => (at === index ? { ...each, pid } : each));
  }
  onEvent?.(told);
}

function parseEvent(line: string): ServerEvent | undefined {
  try {
    const value = JSON.parse(line) as ServerEvent | null;
    return typeof value?.event === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

async function end(child: ChildProcess, exited: Promise<PlatformEnd>): Promise<void> {
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  await exited;
  clearTimeout(killer);
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
