import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const binary = process.env.FXSCALE_BIN ?? path.join(import.meta.dirname, '..', '..', 'bin', 'fxscale');

export type Ended = { code: number | null; stdout: string; stderr: string };
export type Running = { child: ChildProcess; ended: Promise<Ended>; saw(pattern: RegExp): Promise<void> };

/** Starts the real binary in `cwd`. */
export function start(args: string[], options: { cwd?: string; env?: Record<string, string> } = {}): Running {
  const env = { ...process.env, NO_COLOR: '1', ...options.env };
  const child = spawn(process.execPath, [binary, ...args], {
    cwd: options.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      out[name] += text;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, ...out })));
  const saw = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(out.stdout + out.stderr)) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      void ended.then(({ stderr }) => reject(new Error(`ended without ${pattern}: ${stderr}`)));
      look();
    });
  return { child, ended, saw };
}

/** Runs the real binary to its end. */
export function fxscale(
  args: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  return start(args, options).ended;
}

/** A folder of its own for one test file, with files in it. */
export class Folder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'fxscale-test-'));

  write(name: string, content: string): string {
    const file = path.join(this.path, name);
    writeFileSync(file, content);
    return file;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A server on a free port of this machine. */
export async function serve(
  listener: RequestListener,
): Promise<{ url: string; server: Server; close(): void }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    server,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
