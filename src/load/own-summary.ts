import { FxscaleError, messageOf } from '../errors.ts';
import type { Test } from './test.ts';

/** What a script wants its end-of-test summary to be: texts and bytes by path, `stdout` and `stderr` among them. */
export type OwnSummary = Readonly<Record<string, string | ArrayBuffer>>;

/**
 * Calls the script's `handleSummary` with `data`, k6's summary object. Undefined when there is none, and when it fails
 * or takes too long, which is logged only: the results of a run must not be lost for its report. As in k6 the script
 * is initialised once more for it, whether it has one or not.
 */
export async function ownSummary(test: Test, data: object): Promise<OwnSummary | undefined> {
  const { handleSummaryTimeout: seconds, summaryMode } = test.options;
  if (summaryMode === 'disabled') return undefined;
  const late = new FxscaleError('SCRIPT', `handleSummary() took longer than ${seconds}s and was stopped`);
  try {
    const text = JSON.stringify(data);
    const own = await test.threads.call((thread) => thread.ask('summarise', text), seconds, late);
    return own ?? undefined;
  } catch (error) {
    test.log('error', `handleSummary() failed: ${messageOf(error)}`);
    return undefined;
  }
}
