import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename } from 'node:path';
import type { Collector, Reading } from './collect/collector.ts';
import { changedHistograms, type Histograms } from './collect/histogram-changes.ts';
import { openCollector } from './collect/open.ts';
import { startSampling } from './collect/sampler.ts';
import { FxscaleError, messageOf } from './errors.ts';
import type { ScriptLog } from './load/console.ts';
import { ownPackage } from './own-package.ts';
import { RUN_SCHEMA, type RunEnd, type RunHeader, type RunLine, type RunRow, type Sample } from './run.ts';
import type { RunWriter } from './store.ts';

type RunSample = Pick<Sample, 't' | 'took' | 'source'>;

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
  return Promise.all(
    sources.map(async ({ url, source }) => {
      const collector = await openCollector(url);
      return source === undefined ? collector : Object.assign(collector, { source });
    }),
  );
}

/** Milliseconds that a system with a history may take to tell it. */
const HISTORY_WITHIN = 20_000;

/** The run file of one measurement, from the start of the load to its end. */
export class Recording {
  readonly #writer: RunWriter;
  readonly #run: RecordedRun;
  readonly #collectors: Collector[];
  readonly #on: { log: ScriptLog; failed(error: FxscaleError): void };
  readonly #histograms = new Map<string, Histograms>();
  readonly #ended = new AbortController();
  #asked: Promise<void> | undefined;
  #now: () => number = () => 0;
  /** Milliseconds since 1970 at t = 0. */
  #zero = 0;
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
    this.#zero = Math.round(Date.now() - now() * 1000);
    this.started = true;
    const sources = this.#collectors.map(({ source, url }) => ({ source, url }));
    this.#write({ run: headerOf(this.#run, sources, this.#zero) });
    this.#sampling = startSampling(
      this.#collectors.filter(({ history }) => history === undefined),
      {
        sample: (source, reading, took) =>
          this.#sample({ t: this.#now(), took: Number(took.toFixed(4)), source }, reading),
        note: (source, text) => this.#warn(source, text),
      },
      { intervalSeconds: 1, now: this.#now },
    );
    // A wrong password is told now, and not when the run is over.
    const present = new Date();
    this.#asked = this.#readHistories(present, present, () => undefined);
  }

  async #readHistories(
    from: Date,
    to: Date,
    sample: (at: RunSample, reading: Reading) => void,
  ): Promise<void> {
    const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(HISTORY_WITHIN)]);
    const asked = this.#collectors.map(async (collector) => {
      if (collector.history === undefined) return;
      try {
        for (const { t, reading } of await collector.history(from, to, signal)) {
          sample({ t: (t.getTime() - this.#zero) / 1000, source: collector.source }, reading);
        }
      } catch (error) {
        // The run may be over before the first answer is here.
        if (!this.#ended.signal.aborted) this.#warn(collector.source, `no history: ${messageOf(error)}`);
      }
      for (const text of collector.remarks?.() ?? []) this.#warn(collector.source, text);
    });
    await Promise.all(asked);
  }

  #warn(source: string, text: string): void {
    this.note(source, text);
    this.#on.log('warning', `${source}: ${text}`);
  }

  #sample(at: RunSample, { values, histograms = {} }: Reading): void {
    const before = this.#histograms.get(at.source) ?? {};
    const changed = changedHistograms(before, histograms);
    if (changed) this.#histograms.set(at.source, { ...before, ...changed });
    this.#write({ sample: { ...at, values, ...(changed ? { histograms: changed } : {}) } });
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
    await this.#stopSampling();
    const t = this.#now();
    await this.#readHistories(new Date(this.#zero), new Date(), (at, reading) => this.#sample(at, reading));
    await this.close();
    this.#write({ end: { t, ...ended } });
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#stopSampling();
    await this.#asked;
    await Promise.allSettled(this.#collectors.map((each) => each.history && each.close()));
  }

  async #stopSampling(): Promise<void> {
    const sampling = this.#sampling;
    this.#sampling = undefined;
    await sampling?.stop();
  }
}

function headerOf(
  { script, calibrated, ...run }: RecordedRun,
  sources: RunHeader['sources'],
  zero: number,
): RunHeader {
  const cores = cpus();
  return {
    schema: RUN_SCHEMA,
    id: randomUUID(),
    startedAt: new Date(zero).toISOString(),
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
