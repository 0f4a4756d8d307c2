import { rmSync } from 'node:fs';
import type { ScriptLog } from './load/console.ts';
import { type K6Ended, type K6Run, k6Version, runK6 } from './load/k6.ts';
import { openSources, Recording } from './recording.ts';
import type { RunHeader } from './run.ts';
import { createRunWriter } from './store.ts';

/** A test on the real k6 with everything that is to be read and kept while it runs. */
export type K6Measurement = Omit<K6Run, 'signal'> & {
  readonly collect: readonly { url: string; source?: string }[];
  /** Where the run goes; nothing is kept without. */
  readonly save: string | undefined;
  readonly service: RunHeader['service'];
  readonly signal: AbortSignal;
  readonly log: ScriptLog;
};

/**
 * As `measure`, with the real k6 in the place of the embedded engine: the same run file, except that k6 tells neither
 * its schedule lag nor its event loop's, which is noted in it. Throws as `runK6` and the collectors do.
 */
export async function measureOnK6(request: K6Measurement): Promise<K6Ended> {
  const version = k6Version(request.binary);
  const collectors = await openSources(request.collect);
  const writer = request.save === undefined ? undefined : createRunWriter(request.save);
  const failed = new AbortController();
  const run = { script: request.script, service: request.service, openLoop: false, workers: 1 };
  const on = { log: request.log, failed: (error: Error) => failed.abort(error) };
  const record = writer === undefined ? undefined : new Recording(writer, run, collectors, on);
  const signal = AbortSignal.any([request.signal, failed.signal]);
  try {
    const ended = await runK6(
      { ...request, signal },
      {
        started(now) {
          record?.start(now);
          record?.note('k6', `made by k6 v${version}, which tells no schedule lag and no open requests`);
        },
        row: (row) => record?.row(row),
      },
    );
    await record?.end({
      exitCode: ended.exitCode,
      thresholds: ended.verdicts.map(({ metric, expression, ok }) => ({ metric, expression, ok })),
    });
    failed.signal.throwIfAborted();
    return ended;
  } finally {
    await record?.close();
    writer?.close();
    // A script that fails before its load leaves no run, not an empty file.
    if (record?.started === false && writer !== undefined) rmSync(writer.path, { force: true });
  }
}
