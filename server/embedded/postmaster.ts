import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../refusal.ts';
import { environment, type Place } from './cluster.ts';

export type PostmasterSettings = {
  place: Place;
  /** The data folder itself. */
  data: string;
  port: number;
  parameters: Record<string, string | number>;
};

/** What the primary and its standbys have in common. */
export function commonParameters({ programs }: Place, maxConnections: number) {
  const parameters: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    // A standby refuses to start with fewer than its primary has.
    max_connections: maxConnections,
    timezone: 'UTC',
    track_io_timing: 'on',
    track_wal_io_timing: 'on',
  };
  const library = join(programs, 'lib', 'postgresql', 'pg_stat_statements');
  if (['.so', '.dylib'].some((ending) => existsSync(library + ending))) {
    parameters.shared_preload_libraries = 'pg_stat_statements';
  }
  return parameters;
}

/** The caller must end it: it outlives this process otherwise. */
export function spawnPostmaster({ place, data, port, parameters }: PostmasterSettings): ChildProcess {
  const flags = Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(join(place.programs, 'bin', 'postgres'), ['-D', data, '-p', String(port), ...flags], {
    ...environment(place),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/**
 * Waits until it accepts connections, as a standby read-only ones.
 * @throws Refusal with the server's own words when it ends instead
 */
export async function untilReady(server: ChildProcess, data: string): Promise<void> {
  if (!server.stderr) throw new Error('the stderr of PostgreSQL is not a pipe');
  const lines = createInterface({ input: server.stderr });
  const complaints: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (/database system is ready to accept (read-only )?connections/.test(line)) resolve();
      if (/ (FATAL|ERROR|PANIC|HINT): /.test(line))
        complaints.push(line.replace(/^.*?(FATAL|ERROR|PANIC|HINT):\s*/, ''));
    });
    server.once('error', reject);
    server.once('exit', () => {
      reject(new Refusal(1, `PostgreSQL does not start in ${data}: ${complaints.join('. ') || 'it ended'}`));
    });
  });
  // From here on its log is read only to keep the pipe empty.
  lines.removeAllListeners('line');
}

/** SIGINT is a fast shutdown; SIGQUIT leaves out the checkpoint, which data about to be deleted does not need. */
export async function endPostmaster(server: ChildProcess, discard: boolean): Promise<void> {
  const gone = (): boolean => server.exitCode !== null || server.signalCode !== null;
  if (gone() || server.pid === undefined) return;
  const ended = exited(server);
  server.kill(discard ? 'SIGQUIT' : 'SIGINT');
  await Promise.race([ended, sleep(10_000, undefined, { ref: false })]);
  if (!gone()) {
    server.kill('SIGKILL');
    await ended;
  }
}

export function exited(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
