// Processes that outlive the command that started them, known only by their process ids.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The command line of a process, empty when there is none such or it only waits to be buried. */
function commandLine(pid) {
  if (!existsSync('/proc/self/cmdline'))
    return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Whether process `pid` runs and is the one meant: after it ended its id may have gone to another. */
export function runs(pid, marks) {
  const line = commandLine(pid);
  return marks.some((mark) => line.includes(mark));
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

async function isGone(pid, marks, seconds) {
  const deadline = Date.now() + seconds * 1000;
  while (runs(pid, marks)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

/** Ends process `pid` if it is the one meant: asks it, and after `grace` seconds makes it. Resolves when it is gone. */
export async function endDaemon(pid, marks, grace = 15) {
  if (!runs(pid, marks)) return;
  signal(pid, 'SIGTERM');
  signal(pid, 'SIGCONT');
  if (await isGone(pid, marks, grace)) return;
  signal(pid, 'SIGKILL');
  if (!(await isGone(pid, marks, 10))) throw new Error(`process ${pid} does not end, not even after SIGKILL`);
}
