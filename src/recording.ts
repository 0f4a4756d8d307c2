import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename } from 'node:path';
import type { Collector } from './collect/collector.ts';
import { openCollector } from './collect/open.ts';
import { startSampling } from './collect/sampler.ts';
import { FxscaleError } from './errors.ts';
import type { ScriptLog } from './load/console.ts';
import { RUN_SCHEMA, type RunEnd, type RunHeader, type RunLine, type RunRow, type Sample } from './run.ts';
import type { RunWriter } from './store.ts';

/** What a run file says of its run from the start. */
export type RecordedRun = Pick<RunHeader, 'service' | 'openLoop' | 'workers'> & { readonly script: string };

/** Opens what is to be read once a second. Throws UNREACHABLE or USAGE as the collectors do. */
export async function openSources(
  sources: readonly { url: string; source?: string }[],
): Promise<Collector[]> {
  return Promise.all(
    sources.map(async ({ url, source }) => {
      const collector = await openCollector(url);
      return source === undefined ? collector : Object.assign(collector, { source });
    }),
  );
}

/** Seconds of samples that are kept at hand: longer than the distance of what is not read every second. */
const RECENT = 7;

/** What is read and kept of one measurement, from the start of the load to its end. */
export class Recording {
  readonly #writer: RunWriter | undefined;
  readonly #run: RecordedRun;
  readonly #collectors: Collector[];
  readonly #on: { log: ScriptLog; failed(error: FxscaleError): void };
  #now: () => number = () => 0;
  started = false;
  /** The samples of the last seconds, in order of time. */
  recent: readonly Sample[] = [];
  #sampling: { stop(): Promise<void> } | undefined;

  /**
   * Without a `writer` nothing is kept. `failed` is called when the run can be kept no longer: measuring on would be
   * for nothing.
   */
  constructor(
    writer: RunWriter | undefined,
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
        sample: (source, reading, took) =>
          this.#sampled({ t: this.#now(), took: Number(took.toFixed(4)), source, ...reading }),
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

  #sampled(sample: Sample): void {
    this.recent = [...this.recent.filter(({ t }) => t > sample.t - RECENT), sample];
    this.#write({ sample });
  }

  #write(line: RunLine): void {
    try {
      this.#writer?.write(line);
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
  { script, ...run }: RecordedRun,
  sources: RunHeader['sources'],
  seconds: number,
): RunHeader {
  const cores = cpus();
  return {
    schema: RUN_SCHEMA,
    id: randomUUID(),
    startedAt: new Date(Date.now() - seconds * 1000).toISOString(),
    version: packageVersion(),
    // What came from standard input is gone once it has been read.
    script: script === '-' ? '-' : `${basename(script)}@${digest(script)}`,
    machine: {
      cpus: cores.length,
      memory: totalmem(),
      platform: `${process.platform}/${process.arch}`,
      node: process.version,
    },
    sources,
    ...run,
  };
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** Enough of the script's digest to tell whether two runs ran the same one. */
function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
}
