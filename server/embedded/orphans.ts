import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const endingMs = 5000;

/** Ends PostgreSQL servers whose guardian was killed, and deletes the folders that were to go with them. */
export async function clearOrphans(pids: number[], folders: string[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGQUIT');
  const deadline = performance.now() + endingMs;
  while (pids.some((pid) => signal(pid, 0)) && performance.now() < deadline) await sleep(20);
  for (const pid of pids) signal(pid, 'SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Whether there is such a process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
