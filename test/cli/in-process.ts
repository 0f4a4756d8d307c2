import { vi } from 'vitest';
import { run } from '../../src/cli.ts';
import type { Ended } from './fxscale.ts';

/**
 * Runs a command in this process, in a fraction of the time that the binary takes to start: for what ends before it
 * starts anything. One at a time: the streams, the folder and the exit code are those of the process.
 */
export async function inProcess(args: readonly string[], cwd: string): Promise<Ended> {
  const out = { stdout: '', stderr: '' };
  const before = { cwd: process.cwd(), code: process.exitCode };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      out[name] += String(text);
      return true;
    }),
  );
  process.chdir(cwd);
  process.exitCode = 0;
  try {
    await run(['node', 'fxscale', ...args]);
    return { code: Number(process.exitCode), ...out };
  } finally {
    process.chdir(before.cwd);
    process.exitCode = before.code;
    for (const spy of spies) spy.mockRestore();
  }
}
