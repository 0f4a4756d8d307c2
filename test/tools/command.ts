import { spawn } from 'node:child_process';
import path from 'node:path';

const entry = path.join(import.meta.dirname, '..', '..', 'tools', 'services.mjs');

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Runs `npm run services` in `cwd`, without npm. */
export function services(args: string[], cwd: string, env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [entry, ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      out.stderr += text;
    });
    child.once('close', (code) => done({ code, ...out }));
  });
}
