import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { temporaryRoot, unprivileged } from '../../server/embedded/binaries.ts';

/** A PostgreSQL server of the tests' own, on a free port of 127.0.0.1; everybody may connect. */
export type TestServer = {
  url(role?: string): string;
  /** Ends it at once, as a crash would. */
  crash(): Promise<void>;
  /** On the same port and data. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

/** A server by the binaries in the folder `bin`, with a database cluster made for it. */
export async function createTestServer(bin: string): Promise<TestServer> {
  const identity = unprivileged();
  const folder = mkdtempSync(path.join(temporaryRoot(identity), 'fxscale-collect-'));
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const options = { ...identity, cwd: folder, env: { ...process.env, LC_ALL: 'C' } };
  execFileSync(
    path.join(bin, 'initdb'),
    [
      '-D',
      path.join(folder, 'data'),
      '-U',
      'postgres',
      '--auth=trust',
      '--no-sync',
      '--encoding=UTF8',
      '--locale=C',
    ],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'autovacuum=off',
  ];
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    const args = ['-D', path.join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])];
    const child = spawn(path.join(bin, 'postgres'), args, {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    const lines = createInterface({ input: child.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line.includes('ready to accept connections') && resolve());
      child.once('exit', (code) => reject(new Error(`postgres ended with ${code}`)));
    });
  }

  async function crash(): Promise<void> {
    if (!server || server.exitCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGQUIT');
    await exit;
  }

  await start();
  return {
    url: (role = 'postgres') => `postgres://${role}@127.0.0.1:${port}/postgres`,
    crash,
    start,
    async remove() {
      await crash();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
