import type { Process } from './process-tree.ts';

/** Linux reports CPU time in ticks of 1/100 s (USER_HZ) whatever the frequency of the kernel's own clock. */
const TICKS = 100;

/** The process that `/proc/<pid>/stat` describes. */
export function parseStat(text: string): Process {
  // The name stands in brackets and may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // proc(5) counts from 1, and the first field here is its third.
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(text, 10),
    ended: fields[0] === 'Z' || fields[0] === 'X',
    parent: field(4),
    own: (field(14) + field(15)) / TICKS,
    reaped: (field(16) + field(17)) / TICKS,
    threads: field(20),
    started: fields[22 - 3] ?? '',
  };
}

/** CPU seconds of a thread from `/proc/<pid>/schedstat`: time on a processor, time waiting for one, time slices. */
export function parseSchedstat(text: string): number {
  return Number.parseInt(text, 10) / 1e9;
}

/** Resident memory in bytes, by what backs it. */
export type Resident = { anonymous: number; file: number; shared: number };

/** Resident memory from `/proc/<pid>/status`; all zero for a process that has none, such as a zombie. */
export function parseStatus(text: string): Resident {
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { anonymous: bytes('RssAnon'), file: bytes('RssFile'), shared: bytes('RssShmem') };
}

/**
 * Resident memory of a tree of processes. Pages in anonymous memory are each process's own; pages of files and of
 * shared memory are mostly the same ones in all of them (program text, PostgreSQL's shared buffers), so the largest
 * share stands for all. The exact figure, Pss from `smaps_rollup`, would hold each process's memory lock while the
 * kernel walks its page tables, every second: tens of milliseconds for a database.
 */
export function residentOf(processes: Resident[]): number {
  const anonymous = processes.reduce((sum, each) => sum + each.anonymous, 0);
  const largest = (part: 'file' | 'shared') => Math.max(0, ...processes.map((each) => each[part]));
  return anonymous + largest('file') + largest('shared');
}

/** The processes in the output of `ps -axo pid=,ppid=,rss=,time=`, with resident memory in bytes. */
export function parsePs(text: string): (Process & { resident: number })[] {
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s*$/gm)].map(([, pid, parent, rss, time]) => ({
    pid: Number(pid),
    parent: Number(parent),
    resident: Number(rss) * 1024,
    own: parseCpuTime(time ?? ''),
    // ps does not say; what a child used is then counted up to the last sample that saw it.
    reaped: 0,
    ended: false,
    threads: undefined,
    started: undefined,
  }));
}

/** `[[days-]hours:]minutes:seconds[.fraction]` in seconds. */
function parseCpuTime(text: string): number {
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text];
  return (clock ?? '')
    .split(':')
    .reduce(
      (sum, part, index, parts) => sum + Number(part) * 60 ** (parts.length - 1 - index),
      Number(days) * 86400,
    );
}
