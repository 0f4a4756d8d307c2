import { readdirSync, readlinkSync } from 'node:fs';
import { parseOpenFilesLimit, parseSwitches, parseTcpStates, type TcpState } from './process-table.ts';
import { type Process, UseLedger } from './process-tree.ts';
import { isDenied, readSmall } from './small-file.ts';

type Values = Record<string, number>;

/** What is too much to read every second: it takes a look at every thread, file and socket of a tree of processes. */
export class ProcessDetails {
  readonly #voluntary = new UseLedger();
  readonly #involuntary = new UseLedger();
  readonly #remark: (text: string) => void;

  constructor(remark: (text: string) => void) {
    this.#remark = remark;
  }

  read(tree: readonly Process[]): Values {
    return { ...this.#switches(tree), ...this.#files(tree) };
  }

  /** Threads that end take their counts with them; those of the threads seen are added up. */
  #switches(tree: readonly Process[]): Values {
    const threads = tree.flatMap(({ pid, started }) =>
      names(`/proc/${pid}/task`).map((thread) => ({
        member: { pid: Number(thread), parent: 0, started, reaped: 0 },
        ...parseSwitches(readSmall(`/proc/${pid}/task/${thread}/status`) ?? ''),
      })),
    );
    const add = (ledger: UseLedger, kind: 'voluntary' | 'involuntary') =>
      ledger.add(threads.map(({ member, [kind]: own }) => ({ ...member, own })));
    return {
      voluntary_context_switches: add(this.#voluntary, 'voluntary'),
      involuntary_context_switches: add(this.#involuntary, 'involuntary'),
    };
  }

  #files(tree: readonly Process[]): Values {
    try {
      const open = tree.map(({ pid }) => ({ pid, files: openFiles(pid) }));
      const sockets = new Set(open.flatMap(({ files }) => files.flatMap(socketInode)));
      return {
        open_files: open.reduce((sum, { files }) => sum + files.length, 0),
        ...nearestToLimit(open),
        sockets: sockets.size,
        ...byState(sockets, tree[0]?.pid ?? 0),
      };
    } catch (error) {
      if (!isDenied(error)) throw error;
      this.#remark('open files and sockets are left out: only the user of the process and root may see them');
      return {};
    }
  }
}

/** The limit is one of each process: that which is nearest to its own stands for all. */
function nearestToLimit(open: readonly { pid: number; files: readonly string[] }[]): Values {
  const [nearest] = open
    .map(({ pid, files }) => ({
      files: files.length,
      limit: parseOpenFilesLimit(readSmall(`/proc/${pid}/limits`) ?? '') ?? Number.POSITIVE_INFINITY,
    }))
    .sort((a, b) => b.files / b.limit - a.files / a.limit);
  return nearest === undefined || nearest.limit === Number.POSITIVE_INFINITY
    ? {}
    : { open_files_nearest: nearest.files, open_files_limit: nearest.limit };
}

/** Of the sockets with these inodes, those of TCP by state, as the network namespace of process `pid` knows them. */
function byState(inodes: ReadonlySet<string>, pid: number): Values {
  const counts: Record<TcpState, number> = { established: 0, listen: 0, close_wait: 0, other: 0 };
  for (const file of ['tcp', 'tcp6']) {
    for (const [inode, state] of parseTcpStates(readSmall(`/proc/${pid}/net/${file}`) ?? '')) {
      if (inodes.has(inode)) counts[state]++;
    }
  }
  return Object.fromEntries(
    Object.entries(counts).map(([state, count]) => [`tcp_sockets{state="${state}"}`, count]),
  );
}

/** What the open files of a process are. Throws when they may not be seen. */
function openFiles(pid: number): string[] {
  return names(`/proc/${pid}/fd`).map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch (error) {
      if (isDenied(error)) throw error;
      // It was closed after the folder was read.
      return '';
    }
  });
}

function socketInode(file: string): string[] {
  const [, inode] = /^socket:\[(\d+)\]$/.exec(file) ?? [];
  return inode === undefined ? [] : [inode];
}

/** The names in a folder of a process; none when it has ended. Throws when they may not be seen. */
function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isDenied(error)) throw error;
    return [];
  }
}
