import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { FxscaleError } from '../errors.ts';
import { exportedSummary, exportedVerdicts, type K6Export } from './k6/export.ts';
import { K6Samples } from './k6/samples.ts';
import type { Listener } from './test.ts';
import type { Verdict } from './thresholds.ts';

export type K6Run = {
  /** k6's name on the PATH, or where it is. */
  readonly binary: string;
  readonly script: string;
  /** Flags for `k6 run`, as `k6Arguments` gives them. */
  readonly args: readonly string[];
  /** Where k6's stdout goes: the summary belongs to stdout, unless that is wanted for something else. */
  readonly stdout: 'stdout' | 'stderr';
  /** Aborted to end the run in k6's graceful way. */
  readonly signal: AbortSignal;
};

export type K6Ended = {
  /** k6's own. */
  readonly exitCode: number;
  /** Such as `2.0.0`. */
  readonly version: string;
  /** Seconds from the start of the load to the end of k6. */
  readonly seconds: number;
  /** k6's judgement; empty when it ended without a summary. */
  readonly verdicts: Verdict[];
  readonly summary: ReturnType<typeof exportedSummary> | undefined;
};

/** The version of the k6 at `binary`, such as `2.0.0`. Throws USAGE when there is none. */
export function k6Version(binary: string): string {
  const { stdout, status } = spawnSync(binary, ['version'], { encoding: 'utf8' });
  const version = /\bv(\d+\.\d+\.\d+\S*)/.exec(stdout ?? '')?.[1];
  if (status === 0 && version !== undefined) return version;
  throw new FxscaleError(
    'USAGE',
    `--engine k6 runs the real k6, and \`${binary}\` is not installed: put it on the PATH, name it in K6_BIN, or leave --engine out`,
  );
}

/**
 * Runs a script on the real k6, whose stdout and stderr are passed on, and tells `listener` every second what it did.
 * Throws USAGE when k6 is not installed, OUTPUT when no pipe to it can be made.
 */
export async function runK6(run: K6Run, listener: Listener): Promise<K6Ended> {
  const version = k6Version(run.binary);
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-k6-'));
  const given = optionValue(run.args, '--summary-export');
  const exportFile = given ?? path.join(folder, 'summary.json');
  try {
    const pipe = openPipe(path.join(folder, 'samples'));
    const outputs = [
      '--out',
      `json=${pipe.path}`,
      ...(given === undefined ? ['--summary-export', exportFile] : []),
    ];
    const child = spawn(run.binary, ['run', ...run.args, ...outputs, run.script], {
      stdio: ['ignore', run.stdout === 'stdout' ? 'inherit' : 2, 'inherit'],
      // Otherwise a Ctrl-C in the terminal reaches k6 twice, and it leaves without a summary.
      detached: true,
    });
    const samples = new K6Samples();
    const exitCode = await follow(child, pipe, { samples, listener, signal: run.signal });
    const seconds = samples.startedAt === undefined ? 0 : (Date.now() - samples.startedAt) / 1000;
    const exported = existsSync(exportFile)
      ? (JSON.parse(readFileSync(exportFile, 'utf8')) as K6Export)
      : undefined;
    return {
      exitCode,
      version,
      seconds,
      verdicts: exported === undefined ? [] : exportedVerdicts(exported),
      summary: exported && exportedSummary(exported, samples.metrics, seconds),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Pipe = { readonly path: string; readonly reader: Socket; close(): void };

/** A named pipe: samples are read as k6 writes them, and none of them stays on the disk. */
function openPipe(name: string): Pipe {
  if (spawnSync('mkfifo', [name]).status !== 0) {
    throw new FxscaleError(
      'OUTPUT',
      `--engine k6 needs named pipes (mkfifo), which this system does not have`,
    );
  }
  // Held open for writing, so that reading does not end before k6 has begun.
  const held = openSync(name, constants.O_RDWR | constants.O_NONBLOCK);
  const reading = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  const reader = new Socket({ fd: reading, readable: true, writable: false });
  return { path: name, reader, close: () => closeSync(held) };
}

/** Reads until k6 has ended and everything it wrote is read; gives its exit code. */
async function follow(
  child: ChildProcess,
  pipe: Pipe,
  run: { samples: K6Samples; listener: Listener; signal: AbortSignal },
): Promise<number> {
  const { samples, listener, signal } = run;
  const interrupt = () => child.kill('SIGINT');
  const abandon = () => child.kill('SIGKILL');
  signal.addEventListener('abort', interrupt, { once: true });
  process.once('exit', abandon);
  const ended = once(child, 'exit').finally(() => pipe.close());
  const cpu = new ChildCpu(child.pid ?? 0);
  let started = false;
  const tell = (rows: ReturnType<K6Samples['take']>) => {
    if (!started && samples.startedAt !== undefined) {
      started = true;
      const { startedAt } = samples;
      listener.started(() => Math.max(0, (Date.now() - startedAt) / 1000));
    }
    for (const row of rows) listener.row(row, { vus: samples.vus, iterations: samples.iterations });
  };
  const ticker = setInterval(() => tell(samples.take(Date.now(), cpu.take())), 1000);
  try {
    if (signal.aborted) interrupt();
    for await (const line of createInterface({ input: pipe.reader })) {
      // A k6 that was killed leaves half a line.
      if (line.endsWith('}')) samples.add(line);
      if (!started) tell([]);
    }
    const [code] = (await ended) as [number | null];
    tell(samples.rest(cpu.take()));
    return code ?? 1;
  } finally {
    clearInterval(ticker);
    process.off('exit', abandon);
    signal.removeEventListener('abort', interrupt);
    pipe.reader.destroy();
  }
}

/** What a process uses of the machine's cores, on systems that tell it in /proc; 0 on others. */
class ChildCpu {
  readonly #pid: number;
  #used: number;
  #at = performance.now();

  constructor(pid: number) {
    this.#pid = pid;
    this.#used = this.#read() ?? 0;
  }

  /** Cores, since the last call. */
  take(): number {
    const [used, at] = [this.#read(), performance.now()];
    if (used === undefined) return 0;
    const cores = ((used - this.#used) * 1000) / (at - this.#at);
    this.#used = used;
    this.#at = at;
    return Math.max(0, cores);
  }

  /** Seconds of CPU so far. */
  #read(): number | undefined {
    try {
      const stat = readFileSync(`/proc/${this.#pid}/stat`, 'utf8');
      // After the name, which may hold blanks: state is the first field, user and system time the 12th and 13th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    } catch {
      return undefined; // No /proc, or k6 has ended.
    }
  }
}

/** What Linux counts CPU time in, on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

function optionValue(args: readonly string[], name: string): string | undefined {
  const at = args.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
  const word = args[at];
  if (word === undefined) return undefined;
  return word === name ? args[at + 1] : word.slice(name.length + 1);
}
