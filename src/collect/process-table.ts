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
    majorFaults: { own: field(12), reaped: field(13) },
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

/** Bytes that had to be fetched from storage and that were given to it. */
export type StorageBytes = { read: number; written: number };

/**
 * `/proc/<pid>/io`, which adds the children that have been waited for to the process itself. Undefined when `text` is
 * not that file: a zombie's may be empty.
 */
export function parseIo(text: string): StorageBytes | undefined {
  const [, read] = /^read_bytes: (\d+)$/m.exec(text) ?? [];
  const [, written] = /^write_bytes: (\d+)$/m.exec(text) ?? [];
  return read === undefined || written === undefined
    ? undefined
    : { read: Number(read), written: Number(written) };
}

/** How often a thread gave its processor up, and how often it was taken away, from `/proc/<pid>/task/<tid>/status`. */
export function parseSwitches(text: string): { voluntary: number; involuntary: number } {
  const count = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { voluntary: count('voluntary_ctxt_switches'), involuntary: count('nonvoluntary_ctxt_switches') };
}

/** The soft limit of open files from `/proc/<pid>/limits`; undefined when there is none. */
export function parseOpenFilesLimit(text: string): number | undefined {
  const [, digits] = /^Max open files\s+(\d+)/m.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The state of each TCP socket by its inode, from `/proc/<pid>/net/tcp` or `tcp6`. */
export function parseTcpStates(text: string): Map<string, TcpState> {
  const line = /^ *\d+: \S+ \S+ ([0-9A-F]{2}) \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;
  return new Map(
    [...text.matchAll(line)].map(([, state = '', inode = '']) => [inode, tcpStates[state] ?? 'other']),
  );
}

export type TcpState = 'established' | 'listen' | 'close_wait' | 'other';

/** By the numbers of the kernel's `enum` in tcp_states.h; sockets in the others are on their way in or out. */
const tcpStates: Readonly<Record<string, TcpState>> = {
  '01': 'established',
  '0A': 'listen',
  '08': 'close_wait',
};

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
    majorFaults: undefined,
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
