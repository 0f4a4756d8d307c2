import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { basename } from 'node:path';
import { type Collector, openCollector, startSampling } from './collect/sampler.ts';
import { FxscaleError } from './errors.ts';
import type { ScriptLog } from './load/console.ts';
import { prepareTest, runTest } from './load/engine.ts';
import type { OptionLayers } from './load/options.ts';
import type { Ended, Test } from './load/test.ts';
import { COARSE_BITS, Histogram, parseHistogram } from './models/histogram.ts';
import { RUN_SCHEMA, type RunHeader, type RunLine, type RunRow } from './run.ts';
import { createRunWriter, type RunWriter } from './store.ts';

/** A load test with everything that is to be read and kept while it runs. */
export type Measurement = {
  script: string;
  layers: Omit<OptionLayers, 'script'>;
  env: Record<string, string>;
  /** Sources to read once a second, under the name given or one made from the URL. */
  collect: readonly { url: string; source?: string }[];
  /** Where the run goes; nothing is kept without. A run that is there already is only replaced when asked. */
  save: string | undefined;
  replace: boolean;
  service: RunHeader['service'];
  noThresholds: boolean;
  allowedHosts: ReadonlySet<string>;
  /** Aborted to end the run early. */
  signal: AbortSignal;
  log: ScriptLog;
  progress(progress: Progress): void;
};

/** How far a run is, and what its last second was like. Times are seconds. */
export type Progress = {
  seconds: number;
  of: number;
  vus: number;
  iterations: number;
  rate: number;
  p95: number;
  failures: number;
  dropped: number;
};

/**
 * Runs the test, samples the sources in the same seconds and appends all of it to the run file. What a script, a
 * target or a source does wrong is in the result or a note; throws only what makes the run impossible from the start.
 */
export async function measure(request: Measurement): Promise<{ test: Test; ended: Ended }> {
  const { log, save } = request;
  const collectors = await openSources(request.collect);
  const test = await prepareTest(request.script, request.layers, request);
  for (const warning of test.warnings) log('warning', warning);
  const stopOnSignal = () => test.session.stop(request.signal.reason as FxscaleError);
  request.signal.addEventListener('abort', stopOnSignal, { once: true });
  if (request.signal.aborted) stopOnSignal();
  const writer = save === undefined ? undefined : createRunWriter(save, { replace: request.replace });
  const record = writer === undefined ? undefined : new Recording(writer, request, test, collectors);
  try {
    const ended = await runTest(test, {
      started: (now) => record?.start(now),
      row: (row, { vus, iterations }) => {
        record?.row(row);
        request.progress({ of: test.seconds, vus, iterations, ...lastSecond(row) });
      },
    });
    await record?.end(ended);
    return { test, ended };
  } finally {
    request.signal.removeEventListener('abort', stopOnSignal);
    await record?.close();
    writer?.close();
    // A script that fails in setup leaves no run, not an empty file.
    if (record?.started === false && writer !== undefined) rmSync(writer.path, { force: true });
  }
}

async function openSources(sources: Measurement['collect']): Promise<Collector[]> {
  const opened = await Promise.all(
    sources.map(async ({ url, source }) =>
      (await openCollector(url)).map((one) => (source === undefined ? one : Object.assign(one, { source }))),
    ),
  );
  return opened.flat();
}

/** The run file of one measurement, from the start of the load to its end. */
class Recording {
  readonly #writer: RunWriter;
  readonly #request: Measurement;
  readonly #test: Test;
  #now: () => number = () => 0;
  readonly #collectors: Collector[];
  started = false;
  #sampling: { stop(): Promise<void> } | undefined;

  constructor(writer: RunWriter, request: Measurement, test: Test, collectors: Collector[]) {
    this.#writer = writer;
    this.#request = request;
    this.#test = test;
    this.#collectors = collectors;
  }

  /** Writes the first line and starts sampling; `now` gives the seconds of the load. */
  start(now: () => number): void {
    this.#now = now;
    this.started = true;
    const sources = this.#collectors.map(({ source, url }) => ({ source, url }));
    this.#write({ run: headerOf(this.#request, this.#test, sources) });
    this.#sampling = startSampling(
      this.#collectors,
      {
        sample: (source, values) => this.#write({ sample: { t: this.#now(), source, values } }),
        note: (source, text) => {
          this.#write({ note: { t: this.#now(), source, text } });
          this.#request.log('warning', `${source}: ${text}`);
        },
      },
      { intervalSeconds: 1, now: this.#now },
    );
  }

  row(row: RunRow): void {
    this.#write({ row });
  }

  /** A run that cannot be kept any longer is ended: measuring on would be for nothing. */
  #write(line: RunLine): void {
    try {
      this.#writer.write(line);
    } catch (error) {
      if (!(error instanceof FxscaleError)) throw error;
      this.#test.session.stop(error);
    }
  }

  async end(ended: Ended): Promise<void> {
    // A run that ended before its load began has no first line and gets no last one.
    if (this.#sampling === undefined) return;
    await this.close();
    const reason = ended.error?.message;
    this.#write({
      end: {
        t: this.#now(),
        exitCode: ended.exitCode,
        ...(reason === undefined ? {} : { reason }),
        thresholds: ended.verdicts.map(({ metric, expression, ok }) => ({ metric, expression, ok })),
      },
    });
  }

  async close(): Promise<void> {
    const sampling = this.#sampling;
    this.#sampling = undefined;
    await sampling?.stop();
  }
}

function lastSecond(row: RunRow): Pick<Progress, 'seconds' | 'rate' | 'p95' | 'failures' | 'dropped'> {
  const latency = new Histogram(COARSE_BITS);
  let failures = 0;
  for (const one of Object.values(row.classes)) {
    latency.merge(parseHistogram(one.latency));
    failures += one.failures;
  }
  const rate = latency.count / row.seconds;
  return { seconds: row.t, rate, p95: latency.quantile(0.95), failures, dropped: row.generator.dropped };
}

function headerOf(request: Measurement, test: Test, sources: RunHeader['sources']): RunHeader {
  const cores = cpus();
  return {
    schema: RUN_SCHEMA,
    id: randomUUID(),
    startedAt: new Date(Date.now()).toISOString(),
    version: packageVersion(),
    script: `${basename(request.script)}@${digest(request.script)}`,
    openLoop: test.openLoop,
    machine: {
      cpus: cores.length,
      memory: totalmem(),
      platform: `${process.platform}/${process.arch}`,
      node: process.version,
    },
    service: request.service,
    sources,
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
