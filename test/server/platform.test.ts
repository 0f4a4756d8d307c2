import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Replica, type StartOptions, startPlatform } from '../../src/platform.ts';
import { builtFolder, childrenOf, isRunning, serverProgram } from './server.ts';

const start = (options: StartOptions = {}) =>
  startPlatform({ program: serverProgram, accounts: 20, ...options });
const serveModule = pathToFileURL(path.join(builtFolder, 'src/commands/serve.js')).href;
const commander = import.meta.resolve('commander');

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function takenPort(): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  return { port, close: () => server.close() };
}

describe('startPlatform', () => {
  it('starts a platform, follows its replicas and stops it', async () => {
    const replaced: Replica[] = [];
    const lines: string[] = [];
    const platform = await start({
      pool: 3,
      onReplica: (each) => replaced.push(each),
      log: (each) => lines.push(each),
    });
    expect(platform).toMatchObject({ cpuLimit: null, poolSize: 3, postgresPid: expect.any(Number) });
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
    const first = platform.replicas[0]?.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await vi.waitFor(() => expect(replaced.length).toBe(1), { timeout: 10_000 });
    expect(platform.replicas).toEqual(replaced);
    expect(lines.join('\n')).toContain(`process ${first}`);
    await Promise.all([platform.stop(), platform.stop()]);
    expect(await platform.exited).toMatchObject({ code: 0, signal: null });
    expect([platform.postgresPid ?? 0, replaced[0]?.pid ?? 0].filter(isRunning)).toEqual([]);
  });

  it('rejects with what the server said', async () => {
    const { port, close } = await takenPort();
    await expect(start({ port })).rejects.toMatchObject({
      code: 'PORT',
      exitCode: 2,
      message: `port ${port} of 127.0.0.1 is in use: choose another with --port, or 0 for any free one`,
    });
    close();
    await expect(start({ replicas: 1000 })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(start({ database: 'postgres://u:p@127.0.0.1:1/d' })).rejects.toMatchObject({
      code: 'UNREACHABLE',
      exitCode: 4,
    });
    await expect(start({ program: '/nowhere/main.js' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

/** Services that somebody's shell may name. */
const noServices = {
  DATABASE_URL: '',
  READ_DATABASE_URLS: '',
  REDIS_URL: '',
  KAFKA_BROKERS: '',
  FX_TOKEN_SECRET: '',
};

/** A process that has only the serve command. */
function serve(...args: string[]) {
  return serveWith({}, ...args);
}

function serveWith(env: Record<string, string>, ...args: string[]) {
  const script = `
    import { Command } from ${JSON.stringify(commander)};
    import { register } from ${JSON.stringify(serveModule)};
    const program = new Command().exitOverride();
    register(program);
    program.parseAsync(${JSON.stringify(['node', 'fxscale', 'serve', ...args])}).catch((error) => {
      process.stderr.write(error.message + '\\n');
      process.exitCode = error.exitCode;
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...noServices, ...env },
  });
  children.add(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output.stderr += text;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, exited };
}

const untilSaid = (output: { stdout: string }, text: string) =>
  vi.waitFor(() => expect(output.stdout).toContain(text), { timeout: 20_000 });

describe('fxscale serve', () => {
  it('says where the platform is, until Ctrl-C', async () => {
    const { child, output, exited } = serve('--port', '0', '--accounts', '20', '--region', 'eu-1');
    await untilSaid(output, 'Stop it with Ctrl-C.');
    expect(output.stdout).toMatch(
      /^The FX platform is ready at http:\/\/127\.0\.0\.1:\d+\n {2}database {2}postgres:/,
    );
    expect(output.stdout).toMatch(/^ {2}region {4}eu-1$/m);
    expect(output.stdout).toMatch(/^ {2}note {6}no Redis: /m);
    // The invitation is good: its account, its token, its address.
    const [, token] = /TOKEN=(\S+)/.exec(output.stdout) ?? [];
    const [, order, body] = /curl (\S+) [\s\S]*-d '(.+)'/.exec(output.stdout) ?? [];
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const placed = await fetch(order ?? '', { method: 'POST', headers, body: body ?? '' });
    expect(placed.status).toBe(201);
    child.kill('SIGINT');
    expect(await exited).toBe(0);
    expect(output.stderr).toBe('');
  });

  it('prints one JSON line with --json', async () => {
    const { child, output, exited } = serve('--port', '0', '--accounts', '20', '--json', '--replicas', '2');
    await untilSaid(output, '\n');
    const ready = JSON.parse(output.stdout);
    expect(Object.keys(ready)).toEqual([
      ...['event', 'readDatabases', 'standbys', 'processes', 'url', 'database', 'postgresPid', 'replicas'],
      ...['cpuLimit', 'poolSize', 'notes'],
    ]);
    expect(ready).toMatchObject({ event: 'ready', replicas: [{ index: 0 }, { index: 1 }], cpuLimit: null });
    expect((await fetch(`${ready.url}/readyz`)).status).toBe(200);
    await checkSecrets(ready.database);
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
    expect(output.stdout.trimEnd().split('\n').length).toBe(1);
  });

  /** A database of the user's, from the environment: its password is neither told nor in an argument. */
  async function checkSecrets(database: string): Promise<void> {
    const env = { DATABASE_URL: database, FX_TOKEN_SECRET: 'a secret of the users' };
    const { child, output, exited } = serveWith(env, '--port', '0', '--accounts', '20', '--role', 'api');
    await untilSaid(output, 'Stop it with Ctrl-C.');
    const { password, port } = new URL(database);
    expect(output.stdout).toContain(`  database  postgres://fx:***@127.0.0.1:${port}/`);
    expect(output.stdout).not.toContain('TOKEN=');
    if (process.platform === 'linux') {
      const [server = 0] = childrenOf(child.pid ?? 0);
      const args = readFileSync(`/proc/${server}/cmdline`, 'utf8');
      expect(args).toContain('--role=api');
      expect(args).not.toContain(password);
    }
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  }

  it('fails in one line and with its exit code', async () => {
    const { port, close } = await takenPort();
    const taken = serve('--port', String(port));
    expect(await taken.exited).toBe(2);
    expect(taken.output).toEqual({
      stdout: '',
      stderr: expect.stringMatching(/^port \d+ of 127\.0\.0\.1 is in use[^\n]+\n$/),
    });
    close();
    const lone = serve('--role', 'consumer', '--kafka', '127.0.0.1:1');
    expect(await lone.exited).toBe(2);
    expect(lone.output).toEqual({
      stdout: '',
      stderr: '--role consumer needs --database: the processes of a platform share one\n',
    });
    const wrong = serve('--cpu', 'lots');
    expect(await wrong.exited).toBe(1);
    expect(wrong.output.stderr).toContain('"lots" is not an amount of CPU');
  });

  it.runIf(process.platform === 'linux')('takes the platform with it when it is killed', async () => {
    const { child, output } = serve('--port', '0', '--accounts', '20', '--json');
    await untilSaid(output, '\n');
    const { postgresPid, replicas } = JSON.parse(output.stdout);
    const pids = [postgresPid, replicas[0].pid, ...childrenOf(child.pid ?? 0)];
    expect(pids.filter(isRunning)).toEqual(pids);
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 15_000 });
  });
});
