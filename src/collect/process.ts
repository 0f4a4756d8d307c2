import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FxscaleError } from '../errors.ts';
import { followGroupOf } from './cgroup.ts';
import type { Collector } from './collector.ts';
import { readTree, readTreeUse } from './proc.ts';
import { ProcessDetails } from './process-details.ts';
import { parsePs } from './process-table.ts';
import { type Process, treeOf, UseLedger } from './process-tree.ts';
import { rarely } from './rarely.ts';
import { Remarks } from './remarks.ts';

type Values = Record<string, number>;

/** A tree of processes, its root first and empty when there is none, and what else the system tells of it. */
type Tree = { tree: Process[]; values: Values };

/**
 * Reads what a process of this machine and all its descendants use, and on Linux its control groups: `pid:N` or
 * `pid:N=name`. Linux reads `/proc`, other systems ask `ps`. Throws USAGE when the address is not of this form or the
 * system has neither.
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
  const remarks = new Remarks();
  const read =
    process.platform === 'linux' ? linuxReader(pid, (text) => remarks.once(text)) : () => readPs(pid);
  const cpu = new UseLedger();
  const faults = new UseLedger();
  let started: string | undefined;

  return {
    source: `process/${name}`,
    url: `pid:${pid}`,
    remarks: () => remarks.take(),
    async sample() {
      const { tree, values } = await read();
      const root = tree[0];
      if (root === undefined) throw new Error(`there is no process ${pid}`);
      started ??= root.started;
      if (root.ended || root.started !== started) throw new Error(`process ${pid} has ended`);
      const living = tree.filter((each) => !each.ended);
      const known = tree.flatMap((each) => (each.majorFaults ? [{ ...each, ...each.majorFaults }] : []));
      return {
        values: {
          cpu_seconds: cpu.add(tree),
          children: living.length - 1,
          ...(known.length < tree.length ? {} : { major_faults: faults.add(known) }),
          ...threadsOf(living),
          ...values,
        },
      };
    },
    async close() {},
  };
}

function threadsOf(living: readonly Process[]): Values {
  let threads = 0;
  for (const each of living) {
    if (each.threads === undefined) return {};
    threads += each.threads;
  }
  return { threads };
}

function linuxReader(pid: number, remark: (text: string) => void): () => Promise<Tree> {
  const [read, written] = [new UseLedger(), new UseLedger()];
  const details = new ProcessDetails(remark);
  const readGroup = followGroupOf(pid);
  let tree: Process[] = [];
  const readDetails = rarely(() => details.read(tree));
  return async () => {
    tree = readTree(pid);
    const { resident, io } = readTreeUse(tree);
    if (io === undefined) {
      remark(
        'read_bytes and write_bytes are left out: only the user of the process and root may see its I/O',
      );
    }
    const storage = (ledger: UseLedger, kind: 'read' | 'written') =>
      ledger.add((io ?? []).map(({ process, [kind]: reaped }) => ({ ...process, own: 0, reaped })));
    return {
      tree,
      values: {
        rss_bytes: resident,
        ...(io === undefined
          ? {}
          : { read_bytes: storage(read, 'read'), write_bytes: storage(written, 'written') }),
        ...readGroup(),
        ...readDetails(),
      },
    };
  };
}

async function readPs(pid: number): Promise<Tree> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,rss=,time='], {
    maxBuffer: 2 ** 24,
    // In some languages the fraction of a second stands behind a comma.
    env: { ...process.env, LC_ALL: 'C' },
  });
  const tree = treeOf(parsePs(stdout), pid);
  return { tree, values: { rss_bytes: tree.reduce((sum, each) => sum + each.resident, 0) } };
}
