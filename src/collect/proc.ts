import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import {
  parseIo,
  parseSchedstat,
  parseStat,
  parseStatus,
  residentOf,
  type StorageBytes,
} from './process-table.ts';
import { type Process, treeOf } from './process-tree.ts';
import { readSmall } from './small-file.ts';

/** Milliseconds: the collectors of one tick share one reading of the process table. */
const TABLE_AGE = 50;

let table: { readAt: number; processes: Process[] } = { readAt: Number.NEGATIVE_INFINITY, processes: [] };

/** The process `pid` and its descendants as `/proc` shows them; empty when it is not there. */
export function readTree(pid: number): Process[] {
  if (performance.now() - table.readAt > TABLE_AGE) {
    const processes = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readSmall(`/proc/${name}/stat`))
      .filter((text) => text !== undefined)
      .map(parseStat);
    table = { readAt: performance.now(), processes };
  }
  return treeOf(table.processes, pid).map(finer);
}

/**
 * Ticks of 10 ms, cut off separately in each of the many processes of a database, would drown what a second of load
 * costs; the scheduler counts nanoseconds, but only per thread, and takes those of a thread that ends with it.
 */
function finer(each: Process): Process {
  const text = each.threads === 1 && !each.ended ? readSmall(`/proc/${each.pid}/schedstat`) : undefined;
  return text === undefined ? each : { ...each, own: parseSchedstat(text) };
}

/** Resident memory in bytes, and the I/O of each process; undefined when that of one of them may not be seen. */
export function readTreeUse(tree: readonly Process[]): {
  resident: number;
  io: ({ process: Process } & StorageBytes)[] | undefined;
} {
  let denied = false;
  const io = tree.flatMap((process) => {
    const use = parseIo(readSmall(`/proc/${process.pid}/io`, () => (denied = true)) ?? '');
    return use === undefined ? [] : [{ process, ...use }];
  });
  const resident = residentOf(tree.map((each) => parseStatus(readSmall(`/proc/${each.pid}/status`) ?? '')));
  return { resident, io: denied ? undefined : io };
}
