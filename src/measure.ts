import { rmSync } from 'node:fs';
import { type Calibration, calibratedFor } from './calibration.ts';
import type { FxscaleError } from './errors.ts';
import type { ScriptLog } from './load/console.ts';
import { runTest } from './load/engine.ts';
import { maskSecrets } from './load/masking.ts';
import type { OptionLayers, Options } from './load/options.ts';
import { csvHeader } from './load/outputs/csv.ts';
import type { Destination } from './load/outputs/destinations.ts';
import { type OwnSummary, ownSummary } from './load/own-summary.ts';
import { prepareTest } from './load/prepare.ts';
import type { SecretSource } from './load/secret-sources.ts';
import { summaryData } from './load/summary-data.ts';
import type { Ended, Test } from './load/test.ts';
import { type GeneratorLimit, generatorLimit } from './models/generator-limit.ts';
import { COARSE_BITS, Histogram, parseHistogram } from './models/histogram.ts';
import { openSources, Recording } from './recording.ts';
import type { RunHeader, RunRow } from './run.ts';
import { SampleFile } from './sample-files.ts';
import { createRunWriter } from './store.ts';

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
  /** What this machine can generate, where it is known. */
  calibration?: Calibration | undefined;
  noThresholds: boolean;
  allowedHosts: ReadonlySet<string>;
  /** Worker threads that generate the load. */
  workers: number | 'auto';
  /** What the real k6 would not run is an error. */
  strict: boolean;
  /** Where every sample goes. */
  outputs: readonly Destination[];
  /** For `k6/secrets`. */
  secretSources: readonly SecretSource[];
  /** Told once what is going to be run, before anything of it is. */
  prepared?(test: Test): void;
  /** The object for the script's own `handleSummary`; undefined when no summary is wanted. */
  summaryObject?(result: Pick<Measured, 'ended' | 'options' | 'summary'>): object | undefined;
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

export type SummaryData = ReturnType<typeof summaryData>;

export type Measured = {
  ended: Ended;
  options: Options;
  summary: SummaryData;
  /** What the script's `handleSummary` made of it. */
  own: OwnSummary | undefined;
  /** Set when the generator, not the service, limited the run. */
  limit: GeneratorLimit | undefined;
  /** Requests per second in the busiest second, and the threads that made them. */
  busiest: number;
  workers: number;
};

/**
 * Runs the test, samples the sources in the same seconds and appends all of it to the run file. What a script, a
 * target or a source does wrong is in the result or a note; throws only what makes the run impossible from the start.
 */
export async function measure(request: Measurement): Promise<Measured> {
  const collectors = await openSources(request.collect);
  const files: SampleFile[] = [];
  const test = await prepareTest(request.script, request.layers, {
    ...request,
    samples: (output, chunk, written) => files[output]?.write(chunk, written),
  });
  const stopOnSignal = () => test.stop(request.signal.reason as FxscaleError);
  request.signal.addEventListener('abort', stopOnSignal, { once: true });
  if (request.signal.aborted) stopOnSignal();
  try {
    const failed = (error: FxscaleError) => test.stop(error);
    for (const output of request.outputs) files.push(openSamples(output, test.options, failed));
    request.prepared?.(test);
    return await kept(test, collectors, request);
  } finally {
    request.signal.removeEventListener('abort', stopOnSignal);
    await test.close();
    await Promise.all(files.map((file) => file.close()));
  }
}

type Sources = Awaited<ReturnType<typeof openSources>>;

/** Runs `test` and keeps it in the run file, if there is to be one. */
async function kept(test: Test, collectors: Sources, request: Measurement): Promise<Measured> {
  const { log, save, script, service } = request;
  for (const warning of test.warnings) log('warning', warning);
  const writer = save === undefined ? undefined : createRunWriter(save, { replace: request.replace });
  const run = {
    ...{ script, service, openLoop: test.openLoop, workers: test.workers },
    calibrated: calibratedFor(request.calibration, test.workers),
  };
  const on = { log, failed: (error: FxscaleError) => test.stop(error) };
  const record = writer === undefined ? undefined : new Recording(writer, run, collectors, on);
  try {
    const seconds: RunRow['generator'][] = [];
    let busiest = 0;
    const ended = await runTest(test, {
      started: (now) => record?.start(now),
      row: (row, { vus, iterations }) => {
        // In the first second connections are made and code is compiled, which says nothing of the rest.
        if (row.seconds >= 0.5 && row.t > 1.5) seconds.push(row.generator);
        record?.row(row);
        const last = lastSecond(row);
        if (row.seconds >= 0.5) busiest = Math.max(busiest, last.rate);
        request.progress({ of: test.seconds, vus, iterations, ...last });
      },
    });
    const limit = generatorLimit(seconds, test.workers);
    await record?.end({
      exitCode: ended.exitCode,
      ...(ended.error === undefined ? {} : { reason: maskSecrets(ended.error.message) }),
      ...(limit === undefined ? {} : { invalid: 'the load generator was the limit' }),
      thresholds: ended.verdicts.map(({ metric, expression, ok }) => ({ metric, expression, ok })),
    });
    const { options } = test;
    const summary = summaryData(ended.books, ended.verdicts, ended.seconds, options);
    const object = request.summaryObject?.({ ended, options, summary });
    const own = object === undefined ? undefined : await ownSummary(test, object);
    return { ended, options, summary, own, limit, busiest, workers: test.workers };
  } finally {
    await record?.close();
    writer?.close();
    // A script that fails in setup leaves no run, not an empty file.
    if (record?.started === false && writer !== undefined) rmSync(writer.path, { force: true });
  }
}

function openSamples(
  destination: Destination,
  { systemTags }: Options,
  failed: (error: FxscaleError) => void,
): SampleFile {
  return new SampleFile(destination, failed, destination.format === 'csv' ? csvHeader(systemTags) : '');
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
