import { type ChildProcess, spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Folder, start } from './cli/fxscale.ts';

const root = path.join(import.meta.dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const folder = new Folder();
const servers: ChildProcess[] = [];

/** The commands of the README's shell blocks, in order, each on one line. */
const commands = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .trim()
      .split('\n'),
  )
  .filter((line) => line !== '');

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

async function stopServers(): Promise<void> {
  for (const child of servers.splice(0)) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await new Promise((resolve) => child.once('close', resolve));
  }
}

afterAll(async () => {
  await stopServers();
  folder.remove();
});

it('has commands that work as they stand', async () => {
  expect(commands.length).toBeGreaterThan(4);
  symlinkSync(path.join(root, 'scenarios'), path.join(folder.path, 'scenarios'));
  const port = await freePort();
  for (const command of commands) {
    const [program, ...args] = command.replaceAll('3000', port).split(/\s+/);
    expect(program).toBe('fxscale');
    if (args[0] === 'serve') {
      // A README is read from top to bottom: what a later block serves takes the place of what was served before.
      await stopServers();
      const running = start(args, { cwd: folder.path });
      servers.push(running.child);
      await running.saw(/http:\/\/127\.0\.0\.1/);
      continue;
    }
    const { code, stderr } = await start(args, { cwd: folder.path }).ended;
    expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
  }
}, 180_000);

it('names npm scripts and files that exist', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: object;
  };
  const named = [...readme.matchAll(/npm (?:run )?(demo|test|conformance|bench:\w+)/g)].map(
    ([, name]) => name ?? '',
  );
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? '');
  expect(links.filter((link) => spawnSync('test', ['-e', path.join(root, link)]).status !== 0)).toEqual([]);
});
