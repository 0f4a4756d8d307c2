import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { FxscaleError } from '../errors.ts';
import type { Collector } from './collector.ts';
import { parsePs, parseSchedstat, parseStat, parseStatus, residentOf } from './process-table.ts';
import { CpuLedger, type Process, treeOf } from './process-tree.ts';

/** Milliseconds: the collectors of one tick share one reading of the process table. */
const TABLE_AGE = 50;

/**
 * Reads what a process of this machine and all its descendants use: `pid:N` or `pid:N=name`. Linux reads `/proc`,
 * other systems ask `ps`. Throws USAGE when the address is not of this form or the system has neither.
 */
export function openProcess(address: string): Collector {
  const [, digits = '', name = digits] = /^pid:([1-9]\d*)(?:=([\w.-]+))?$/i.exec(address) ?? [];
  if (digits === '') {
    throw new FxscaleError(
      'USAGE',
      `--collect ${address}: write the number of a process, for example pid:4711=api`,
    );
  }
  if (process.platform === 'win32') {
    throw new FxscaleError(
      'USAGE',
      `--collect ${address}: a process can be read on Linux and macOS, not on Windows`,
    );
  }
  const pid = Number(digits);
  const read = process.platform === 'linux' ? readProc : readPs;
  const ledger = new CpuLedger();
  let started: string | undefined;
  return {
    source: `process/${name}`,
    url: `pid:${pid}`,
    async sample() {
      const { tree, resident } = await read(pid);
      const root = tree[0];
      if (root === undefined) throw new Error(`there is no process ${pid}`);
      started ??= root.started;
      if (root.ended || root.started !== started) throw new Error(`process ${pid} has ended`);
      const living = tree.filter((each) => !each.ended);
      const threads = living.reduce<number | undefined>(
        (sum, each) => (sum === undefined || each.threads === undefined ? undefined : sum + each.threads),
        0,
      );
      return {
        values: {
          cpu_seconds: ledger.add(tree),
          rss_bytes: resident,
          children: living.length - 1,
          ...(threads === undefined ? {} : { threads }),
        },
      };
    },
    async close() {},
  };
}

type Reading = { tree: Process[]; resident: number };

let table: { readAt: number; processes: Process[] } = { readAt: Number.NEGATIVE_INFINITY, processes: [] };

async function readProc(pid: number): Promise<Reading> {
  if (performance.now() - table.readAt > TABLE_AGE) {
    const processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readSmall(`/proc/${name}/stat`))
      .filter((text) => text !== undefined)
      .map(parseStat);
    table = { readAt: performance.now(), processes };
  }
  const tree = treeOf(table.processes, pid).map(finer);
  const resident = residentOf(tree.map((each) => parseStatus(readSmall(`/proc/${each.pid}/status`) ?? '')));
  return { tree, resident };
}

/**
 * Ticks of 10 ms, cut off separately in each of the many processes of a database, would drown what a second of load
 * costs; the scheduler counts nanoseconds, but only per thread, and takes those of a thread that ends with it.
 */
function finer(each: Process): Process {
  const text = each.threads === 1 && !each.ended ? readSmall(`/proc/${each.pid}/schedstat`) : undefined;
  return text === undefined ? each : { ...each, own: parseSchedstat(text) };
}

async function readPs(pid: number): Promise<Reading> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,rss=,time='], {
    maxBuffer: 2 ** 24,
    // In some languages the fraction of a second stands behind a comma.
    env: { ...process.env, LC_ALL: 'C' },
  });
  const tree = treeOf(parsePs(stdout), pid);
  return { tree, resident: tree.reduce((sum, each) => sum + each.resident, 0) };
}

const buffer = Buffer.alloc(8192);

/** A file of `/proc`: made in memory when it is read, so there is nothing to wait for. */
function readSmall(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch {
    // The process ended after the folder was read.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
