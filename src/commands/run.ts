import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { type Calibration, readCalibration } from '../calibration.ts';
import { FxscaleError, messageOf } from '../errors.ts';
import { flag, parseWorkers } from '../flag.ts';
import { onInterrupt } from '../interrupt.ts';
import type { ScriptLog } from '../load/console.ts';
import { secretSources } from '../load/secret-sources.ts';
import {
  type Finished,
  handleSummaryData,
  machineReadableSummary,
  summaryExport,
} from '../load/summary-object.ts';
import type { Test } from '../load/test.ts';
import { type Measured, measure } from '../measure.ts';
import { ProgressDisplay } from '../progress.ts';
import { describeGeneratorShare } from '../report/doctor-words.ts';
import { generatorLimitLine } from '../report/generator-words.ts';
import { renderPlan } from '../report/k6-plan.ts';
import { renderK6Summary } from '../report/k6-summary.ts';
import { describeService } from '../run.ts';
import { addK6Flags, append, flagWarnings, type K6RunFlags, k6OptionsOf } from '../run-flags.ts';
import { RunLog, readLogSettings } from '../run-log.ts';
import { type RunSettings, runSettings } from '../run-settings.ts';
import { defaultRunPath } from '../store.ts';
import { writeSummaryResult } from '../summary-files.ts';
import { parseCores, parseCount } from '../units.ts';

type RunOptions = K6RunFlags & {
  engine: 'embedded' | 'k6' | 'k6-operator';
  workers: number | 'auto';
  collect: string[];
  allowHost: string[];
  save?: string;
  serviceReplicas?: number;
  serviceCpu?: number;
  strict?: true;
  json?: true;
};

/** The k6 whose formats and rules these are. */
const K6_VERSION = '2.0.0';

const help = `
Examples:
  $ fxscale run script.js -u 10 -d 30s
  $ fxscale run scenarios/trading.ts -e BASE_URL=http://127.0.0.1:3000 \\
      --collect http://127.0.0.1:3000/metrics --collect postgres://postgres@127.0.0.1:5432/fx`;

/** \`fxscale run\`. */
export function register(program: Command): void {
  const command = program.command('run').argument('<script>', 'a k6 script, .js or .ts');
  addK6Flags(command);
  command
    .option(
      '--collect <url>',
      'read this once a second: http://.../metrics, postgres://..., redis://..., kafka://..., prometheus+http://..., pid:N, cgroup:/path (repeatable)',
      append,
      [],
    )
    .option(
      '--service-replicas <count>',
      'replicas that the service ran with, for the run file',
      flag(parseCount),
    )
    .option(
      '--service-cpu <cores>',
      'CPU limit of each of its replicas, such as 500m, for the run file',
      flag(parseCores),
    )
    .addOption(
      new Option(
        '--engine <name>',
        'what makes the load: fxscale itself, the real k6, or pods of k6-operator',
      )
        .choices(['embedded', 'k6', 'k6-operator'])
        .default('embedded'),
    )
    .option('--workers <count>', 'threads that make the load, or auto', parseWorkers, 1)
    .option('--strict', 'what the real k6 would not run is an error')
    .option('--save <file>', 'where the run goes, or none (default: .fxscale/runs/)')
    .option(
      '--allow-host <host>',
      'load may go to this host, which is not this machine (repeatable)',
      append,
      [],
    )
    .option('-q, --quiet', 'no progress')
    .option('--no-color', 'no colours')
    .option('--json', 'the result as one JSON document')
    .addHelpText('after', help)
    .action(async (script: string, options: RunOptions) => {
      if (options.engine !== 'embedded') {
        const words = process.argv.slice(process.argv.indexOf(command.name()) + 1);
        const { log } = new ProgressDisplay({ quiet: true });
        const elsewhere = { script, words, command, options, log };
        const { printTestRun, runOnK6 } = await import('../other-engines.ts');
        process.exitCode = await (options.engine === 'k6' ? runOnK6(elsewhere) : printTestRun(elsewhere));
        return;
      }
      process.exitCode = await run(script, options, k6OptionsOf(command));
    });
}

async function run(script: string, options: RunOptions, flags: Record<string, unknown>): Promise<number> {
  const warnings = flagWarnings(options);
  const settings = runSettings(options, flags, process.env);
  const colours = options.color && !process.env.NO_COLOR && !process.env.K6_NO_COLOR;
  const color = colours && process.stdout.isTTY === true;
  const terminal = colours && process.stderr.isTTY === true;
  const consoleOutput = flags.consoleOutput as string | undefined;
  let runLog: RunLog | undefined;
  const display = new ProgressDisplay({
    quiet: options.quiet === true,
    log: (print) => {
      runLog = new RunLog(readLogSettings(options, consoleOutput, process.env, terminal), print);
      return runLog.log;
    },
  });
  for (const warning of warnings) display.log('warning', warning);
  const interrupt = onInterrupt();
  const calibration = readCalibration();
  const save =
    options.save === 'none' ? undefined : (options.save ?? defaultRunPath(new Date(), basename(script)));
  try {
    const measured = await measure({
      script,
      layers: settings.layers,
      env: settings.env,
      collect: options.collect.map((url) => ({ url })),
      save,
      replace: false,
      service: describeService(options.serviceReplicas, options.serviceCpu),
      calibration,
      noThresholds: settings.noThresholds,
      allowedHosts: new Set(options.allowHost),
      workers: options.workers,
      strict: options.strict === true,
      secretSources: secretSources(settings.secretSources, process.env),
      outputs: settings.outputs,
      prepared: (test) => {
        if (!options.quiet && !options.json) process.stdout.write(planOf(script, settings, test));
      },
      summaryObject: (result) =>
        result.options.summaryMode === 'disabled' ? undefined : objectOf(script, settings, !color, result),
      signal: interrupt.signal,
      log: display.log,
      progress: display.update,
    });
    display.end();
    const { ended, summary, limit } = measured;
    // Before everything else: figures of the generator must not be taken for those of the service.
    if (limit !== undefined)
      (options.json ? process.stderr : process.stdout).write(`${generatorLimitLine(limit)}\n`);
    if (options.json)
      process.stdout.write(
        `${JSON.stringify({ exitCode: ended.exitCode, run: save ?? null, ...summary })}\n`,
      );
    else printSummary(measured, color, display.log);
    // As in k6, without a summary there is none to export.
    if (settings.summaryExport !== undefined && measured.options.summaryMode !== 'disabled')
      exportSummary(settings.summaryExport, script, settings, measured);
    if (save !== undefined && !options.quiet && !options.json) display.step(`run saved to ${save}`);
    if (calibration !== undefined && !options.json) tellShare(measured, calibration, options.quiet, display);
    if (ended.crossed !== undefined) display.log('error', ended.crossed);
    if (ended.error !== undefined) throw ended.error;
    return ended.exitCode;
  } finally {
    display.end();
    interrupt.dispose();
    runLog?.close();
  }
}

/** How much of what this machine can generate the run used. */
function tellShare(
  measured: Measured,
  calibration: Calibration,
  quiet: true | undefined,
  display: ProgressDisplay,
): void {
  // A run without requests says nothing of a figure for them.
  if (measured.busiest === 0) return;
  const { text, nearlyAll } = describeGeneratorShare(measured, calibration);
  if (nearlyAll) display.log('warning', `${text}; more may be late: use more --workers or a larger machine`);
  else if (!quiet) display.step(text);
}

function planOf(script: string, { outputs }: RunSettings, test: Test): string {
  const { options, maxVUs, longest, share } = test;
  return renderPlan({ script, outputs, scenarios: options.scenarios, maxVUs, seconds: longest, share });
}

/** The script's own summary, or k6's. */
function printSummary({ own, options, summary }: Measured, color: boolean, log: ScriptLog): void {
  if (own !== undefined) {
    const failures = writeSummaryResult(own);
    if (failures.length === 0) return;
    const error = `Could not save some summary information:\n\t- ${failures.join('\n\t- ')}`;
    log('error', 'failed to handle the end-of-test summary', { error });
  } else if (options.summaryMode !== 'disabled') {
    process.stdout.write(renderK6Summary(summary, { color, mode: options.summaryMode }));
  }
}

type Result = Pick<Measured, 'ended' | 'options' | 'summary'>;

function finishedOf({ ended, summary }: Result): Finished {
  return { summary, root: ended.books.root, setupData: ended.setupData };
}

function objectOf(script: string, settings: RunSettings, noColor: boolean, result: Result): object {
  if (settings.machineReadable) return readableOf(script, result);
  const [isStdOutTTY, isStdErrTTY] = [process.stdout.isTTY === true, process.stderr.isTTY === true];
  return handleSummaryData(finishedOf(result), result.options, { noColor, isStdOutTTY, isStdErrTTY });
}

function readableOf(script: string, result: Result): object {
  const origin = {
    script: script === '-' ? '' : readFileSync(script, 'utf8'),
    generatedAt: new Date().toISOString(),
    k6Version: K6_VERSION,
    mode: result.options.summaryMode,
  };
  return machineReadableSummary(finishedOf(result), origin);
}

/** Throws OUTPUT. */
function exportSummary(file: string, script: string, settings: RunSettings, result: Result): void {
  const text = settings.machineReadable
    ? JSON.stringify(readableOf(script, result), null, 4)
    : summaryExport(finishedOf(result));
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new FxscaleError('OUTPUT', `--summary-export ${file} cannot be written: ${messageOf(cause)}`, {
      cause,
    });
  }
}
