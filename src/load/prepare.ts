import { availableParallelism } from 'node:os';
import { FxscaleError } from '../errors.ts';
import type { ScriptLog } from './console.ts';
import { Group } from './groups.ts';
import { lintScript } from './lint.ts';
import { declareBuiltins, Registry } from './metrics.ts';
import { globalNames } from './modules/global-names.ts';
import { supportedModules } from './modules/surface.ts';
import { type OptionLayers, type Options, resolveOptions } from './options.ts';
import type { Destination } from './outputs/destinations.ts';
import type { SampleChunk } from './outputs/samples.ts';
import { sampleWriters } from './outputs/writers.ts';
import { requirements } from './schedule/plan.ts';
import { planOf } from './schedule/plan-of.ts';
import { type Division, lengthOf, parseSegment, parseSequence, placeOf } from './schedule/segment.ts';
import { transformScript } from './script.ts';
import type { SecretSource } from './secret-sources.ts';
import type { Test } from './test.ts';
import { Thresholds } from './thresholds.ts';
import { addResults, type Books, viewsOf } from './workers/merge.ts';
import type { Inspection } from './workers/messages.ts';
import { Threads } from './workers/threads.ts';

export type Given = {
  log: ScriptLog;
  env: Record<string, string>;
  noThresholds: boolean;
  allowedHosts: ReadonlySet<string>;
  /** Worker threads, or as many as the machine has cores to spare. */
  workers: number | 'auto';
  secretSources: readonly SecretSource[];
  /** Where samples go: each output's chunks are given to `samples`, by its place in this list. */
  outputs: readonly Destination[];
  samples(output: number, chunk: SampleChunk, written: () => void): void;
  /** What the real k6 would not run is an error. */
  strict: boolean;
  /** Aborted, with an FxscaleError, to end the run early. */
  signal: AbortSignal;
};

/**
 * Compiles the script at `path` and settles its options. `layers` are those above and below the script's own.
 * Throws SCRIPT_OPTIONS for options that do not validate, whatever `transformScript` throws, and the signal's reason.
 */
export async function prepareTest(
  path: string,
  layers: Omit<OptionLayers, 'script'>,
  given: Given,
): Promise<Test> {
  if (given.strict) await refuseUnlikeK6(path);
  const code = await transformScript(path, supportedModules, globalNames, given.strict);
  const ending: Test['ending'] = {};
  const stop = (error: FxscaleError) => {
    ending.error ??= error;
    threads.stop();
  };
  const { env, allowedHosts, secretSources, log, samples, signal } = given;
  const threads = new Threads({ code, env, allowedHosts, secretSources }, { log, stop, samples });
  const giveUp = () => void threads.close();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const inspection = await threads.inspect();
    if (ending.error !== undefined) throw ending.error;
    return await configured(path, layers, inspection, { ...given, threads, stop, ending });
  } catch (error) {
    await threads.close();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function configured(
  path: string,
  layers: Omit<OptionLayers, 'script'>,
  inspection: Inspection,
  given: Given & Pick<Test, 'threads' | 'stop' | 'ending'>,
): Promise<Test> {
  const { threads, stop, ending, log } = given;
  const resolved = resolveOptions({ ...layers, script: inspection.options });
  const { options, warnings, consolidated } = resolved;
  const [unknown] = resolved.unknown;
  if (given.strict && unknown !== undefined) {
    throw new FxscaleError('SCRIPT_OPTIONS', `${unknown} is no option of k6, which --strict makes an error`);
  }
  const functions = new Set(inspection.functions);
  checkExports(path, options, functions);
  const planned = options.scenarios.map((scenario) => ({
    startTime: scenario.startTime,
    plan: planOf(scenario),
  }));
  const needs = requirements(planned);
  const workers = workersFor(given.workers, needs.possible);
  const openLoop = planned.length > 0 && planned.every(({ plan }) => plan.kind === 'starts');
  const instance = instanceOf(options);
  const books: Books = { registry: new Registry(), root: new Group() };
  declareBuiltins(books.registry);
  const own = sampleWriters(given.outputs, options, (output, chunk) => {
    given.samples(output, chunk, () => undefined);
  });
  for (const { tap } of own) books.registry.tapInto(tap);
  addResults(books, { metrics: inspection.metrics, groups: [] });
  const thresholds = new Thresholds(given.noThresholds ? [] : options.thresholds);
  for (const warning of thresholds.register(books.registry)) log('warning', warning);
  await threads.configure(
    {
      // One limit for all: each worker keeps to its part of it.
      options: { ...options, rps: options.rps / workers },
      consolidated,
      openLoop,
      instance,
      views: viewsOf(books.registry.all()),
      sharedArrays: inspection.sharedArrays,
      files: inspection.files,
      outputs: given.outputs,
    },
    workers,
  );
  return {
    options,
    consolidated,
    warnings,
    functions,
    openLoop,
    seconds: Math.max(0, ...planned.map(({ startTime, plan }) => startTime + plan.end)),
    longest: needs.seconds,
    maxVUs: needs.possible,
    instance,
    share: instance === undefined ? 1 : lengthOf(instance),
    workers,
    thresholds,
    books,
    flush: () => {
      for (const writer of own) writer.flush();
    },
    threads,
    ending,
    log,
    stop,
    close: () => threads.close(),
  };
}

/** Throws SCRIPT with the first place at which the real k6 would refuse the script. */
async function refuseUnlikeK6(path: string): Promise<void> {
  const errors = (await lintScript(path)).filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: fxscale lint lists them)` : '';
  throw new FxscaleError(
    'SCRIPT',
    `${first.file}:${first.line}:${first.column}: ${first.message}${more}; without --strict it may run`,
  );
}

function checkExports(path: string, options: Options, functions: ReadonlySet<string>): void {
  if (functions.size === 0) {
    throw new FxscaleError('SCRIPT_OTHER', `${path}: no exported functions in the script`);
  }
  for (const { name, exec } of options.scenarios) {
    if (!functions.has(exec)) {
      throw new FxscaleError(
        'SCRIPT_OPTIONS',
        `scenario ${name}: function '${exec}' is not exported by ${path}`,
      );
    }
  }
}

/** More workers than VUs would have nothing to do; a core is left to the service when workers are counted by cores. */
function workersFor(wanted: number | 'auto', vus: number): number {
  const count = wanted === 'auto' ? Math.max(1, availableParallelism() - 1) : wanted;
  return Math.max(1, Math.min(count, vus));
}

function instanceOf({ executionSegment, executionSegmentSequence }: Options): Division | undefined {
  if (executionSegment === undefined) return undefined;
  try {
    const sequence =
      executionSegmentSequence === undefined ? undefined : parseSequence(executionSegmentSequence);
    return placeOf(parseSegment(executionSegment), sequence);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FxscaleError('SCRIPT_OPTIONS', `options.executionSegment: ${cause.message}`, { cause });
  }
}
