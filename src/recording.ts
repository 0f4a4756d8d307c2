import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename } from 'node:path';
import { type Collector, openCollector, startSampling } from './collect/sampler.ts';
import { FxscaleError } from './errors.ts';
import type { ScriptLog } from './load/console.ts';
import { ownPackage } from './own-package.ts';
import { RUN_SCHEMA, type RunEnd, type RunHeader, type RunLine, type RunRow } from './run.ts';
import type { RunWriter } from './store.ts';

/** What a run file says of its run from the start. */
export type RecordedRun = Pick<RunHeader, 'service' | 'openLoop' | 'workers'> & {
  readonly script: string;
  /** What the machine can generate at most, where that was measured with as many workers. */
  readonly calibrated?: Pick<RunHeader['machine'], 'calibratedRate' | 'calibratedAt'>;
};

/** Opens what is to be read once a second. Throws UNREACHABLE or USAGE as the collectors do. */
export async function openSources(
  sources: readonly { url: string; source?: string }[],
): Promise<Collector[]> {
  const opened = await Promise.all(
    sources.map(async ({ url, source }) =>
      (await openCollector(url)).map((one) => (source === undefined ? one : Object.assign(one, { source }))),
    ),
  );
  return opened.flat();
}

/** The run file of one measurement, from the start of the load to its end. */
export class Recording {
  readonly #writer: RunWriter;
  readonly #run: RecordedRun;
  readonly #collectors: Collector[];
  readonly #on: { log: ScriptLog; failed(error: FxscaleError): void };
  #now: () => number = () => 0;
  started = false;
  #sampling: { stop(): Promise<void> } | undefined;

  /** `failed` is called when the run can be kept no longer: measuring on would be for nothing. */
  constructor(
    writer: RunWriter,
    run: RecordedRun,
    collectors: Collector[],
    on: { log: ScriptLog; failed(error: FxscaleError): void },
  ) {
    this.#writer = writer;
    this.#run = run;
    this.#collectors = collectors;
    this.#on = on;
  }

  /** Writes the first line and starts sampling; `now` gives the seconds of the load. */
  start(now: () => number): void {
    this.#now = now;
    this.started = true;
    const sources = this.#collectors.map(({ source, url }) => ({ source, url }));
    this.#write({ run: headerOf(this.#run, sources, now()) });
    this.#sampling = startSampling(
      this.#collectors,
      {
        sample: (source, values) => this.#write({ sample: { t: this.#now(), source, values } }),
        note: (source, text) => {
          this.note(source, text);
          this.#on.log('warning', `${source}: ${text}`);
        },
      },
      { intervalSeconds: 1, now: this.#now },
    );
  }

  row(row: RunRow): void {
    this.#write({ row });
  }

  note(source: string, text: string): void {
    this.#write({ note: { t: this.#now(), source, text } });
  }

  #write(line: RunLine): void {
    try {
      this.#writer.write(line);
    } catch (error) {
      if (!(error instanceof FxscaleError)) throw error;
      this.#on.failed(error);
    }
  }

  /** The last line. A run that ended before its load began has no first line and gets none. */
  async end(ended: Omit<RunEnd, 't'>): Promise<void> {
    if (this.#sampling === undefined) return;
    await this.close();
    this.#write({ end: { t: this.#now(), ...ended } });
  }

  async close(): Promise<void> {
    const sampling = this.#sampling;
    this.#sampling = undefined;
    await sampling?.stop();
  }
}

function headerOf(
  { script, calibrated, ...run }: RecordedRun,
  sources: RunHeader['sources'],
  seconds: number,
): RunHeader {
  const cores = cpus();
  return {
    schema: RUN_SCHEMA,
    id: randomUUID(),
    startedAt: new Date(Date.now() - seconds * 1000).toISOString(),
    version: ownPackage().version,
    // What came from standard input is gone once it has been read.
    script: script === '-' ? '-' : `${basename(script)}@${digest(script)}`,
    machine: {
      cpus: cores.length,
      memory: totalmem(),
      platform: `${process.platform}/${process.arch}`,
      node: process.version,
      ...calibrated,
    },
    sources,
    ...run,
  };
}

/** Enough of the script's digest to tell whether two runs ran the same one. */
function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
}
