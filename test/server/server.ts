import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

/** Another build than the checkout's may be tested. */
export const builtFolder = process.env.FXSCALE_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));
export const serverProgram = join(builtFolder, 'server/main.js');

export type ReplicaEvent = {
  event: 'replica';
  index: number;
  pid: number;
  metrics: string;
  restarts: number;
};
/** A PostgreSQL of ours that had ended runs again. */
export type PostgresEvent = {
  event: 'postgres';
  role: 'primary' | 'standby';
  index: number;
  pid: number;
  restarts: number;
};
export type BackgroundProcess = { role: string; index: number; pid: number; metrics: string };
export type ProcessEvent = BackgroundProcess & { event: 'process'; restarts: number };
export type Ready = {
  event: 'ready';
  url: string;
  database: string;
  readDatabases: string[];
  postgresPid: number;
  standbys: { url: string; pid: number }[];
  replicas: { index: number; pid: number; metrics: string }[];
  processes: BackgroundProcess[];
  cpuLimit: number | null;
  poolSize: number;
  notes: string[];
};

export type Server = {
  child: ChildProcess;
  pid: number;
  /** Everything it printed so far. */
  events: (Ready | ReplicaEvent | PostgresEvent | ProcessEvent)[];
  stderr: () => string;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

const running = new Set<ChildProcess>();

/** The built server as a process; `killServers` ends it in any case. */
export function startServer(...flags: string[]): Server {
  const child = spawn(process.execPath, [serverProgram, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  const events: (Ready | ReplicaEvent | PostgresEvent | ProcessEvent)[] = [];
  let stderr = '';
  createInterface({ input: child.stdout }).on('line', (line) => events.push(JSON.parse(line)));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  return { child, pid: child.pid ?? 0, events, stderr: () => stderr, exited };
}

export async function readyServer(...flags: string[]): Promise<{ server: Server; ready: Ready }> {
  const server = startServer('--port', '0', '--accounts', '50', ...flags);
  const first = await vi.waitFor(
    () => {
      const [event] = server.events;
      if (event?.event === 'ready') return event;
      throw new Error(`not ready: ${server.stderr()}`);
    },
    { timeout: 30_000, interval: 20 },
  );
  return { server, ready: first };
}

export async function stopServer(server: Server): Promise<void> {
  server.child.kill('SIGTERM');
  await server.exited;
}

/** For afterEach. A killed server is cleared up after by its guardian. */
export function killServers(): void {
  for (const child of running) child.kill('SIGKILL');
}

export function isRunning(pid: number): boolean {
  try {
    // A process that has ended but was not waited for is no longer running.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^\d+ \(.*\) Z/.test(stat);
  } catch {
    return false;
  }
}

/** The processes whose parent is `pid`. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/stat`))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The folder that the PostgreSQL with this process id keeps its data in. */
export function dataFolderOf(pid: number): string {
  const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return args[args.indexOf('-D') + 1] ?? '';
}
