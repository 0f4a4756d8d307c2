import path from 'node:path';
import type { Command } from 'commander';
import { ensureFolder, writePlan } from '../artifacts.ts';
import { FxscaleError } from '../errors.ts';
import { flag } from '../flag.ts';
import { onInterrupt } from '../interrupt.ts';
import { type Measurement, measure } from '../measure.ts';
import { defaultSettings } from '../plan-flags-manifests.ts';
import { withChosenAutoscaler } from '../planners/autoscaling/choice.ts';
import { planCapacity } from '../planners/plan.ts';
import { demoScenario, failure, type Platform, startPlatform } from '../platform.ts';
import { ProgressDisplay } from '../progress.ts';
import { renderJson } from '../report/json.ts';
import { renderTerminal } from '../report/terminal.ts';
import { renderWritten } from '../report/written.ts';
import { readRun } from '../store.ts';
import { formatRate, formatSeconds, parseCores, parseDuration, parseRate } from '../units.ts';

type DemoOptions = {
  duration: number;
  peak: number;
  cpu: number;
  out: string;
  json?: true;
  quiet?: true;
  color: boolean;
};

/** Requests per second at the scenario's highest step: enough to measure by, on half a core of a small machine. */
const LOAD_PEAK = 600;
const POOL = 10;

/** `fxscale demo`: the whole story on this machine. */
export function register(program: Command): void {
  program
    .command('demo')
    .option('--duration <time>', 'how long to load it, at least 20s', flag(parseDemoDuration), 60)
    .option('--peak <rate>', 'the peak to plan for', flag(parseRate), 5000)
    .option(
      '--cpu <cores>',
      'CPU quota of the replica under test, where this machine allows one',
      flag(parseCores),
      0.5,
    )
    .option('--out <folder>', 'where run, plan and manifests go', 'fxscale-demo')
    .option('-q, --quiet', 'no progress')
    .option('--no-color', 'no colours')
    .option('--json', 'the plan as one JSON document')
    .addHelpText('after', '\nExample:\n  $ fxscale demo --duration 30s --peak 12000/s --out /tmp/demo')
    .action(demo);
}

function parseDemoDuration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds < 20) throw new FxscaleError('USAGE', `${text} is too short to measure anything: at least 20s`);
  return seconds;
}

async function demo(options: DemoOptions): Promise<void> {
  const display = new ProgressDisplay({ quiet: options.quiet === true });
  const step = (text: string) => options.quiet || display.step(text);
  const interrupt = onInterrupt();
  try {
    await ensureFolder(options.out);
    step('Starting the trading platform on an embedded PostgreSQL ...');
    const platform = await startPlatform({ replicas: 1, cpu: options.cpu, pool: POOL });
    const runFile = path.join(options.out, 'run.ndjson');
    try {
      for (const note of platform.notes) step(`  ${note}`);
      step(`Loading it for ${formatSeconds(options.duration)}, up to ${formatRate(LOAD_PEAK)} ...`);
      await load(options, platform, interrupt.signal, display, runFile);
    } finally {
      display.end();
      await platform.stop();
    }
    step(`Planning for ${formatRate(options.peak)} ...\n`);
    const plan = withChosenAutoscaler(planCapacity([await readRun(runFile)], { peak: options.peak }), null);
    const files = await writePlan(options.out, plan, defaultSettings, Date.now() / 1000);
    const color = options.color && process.stdout.isTTY === true;
    process.stdout.write(
      options.json ? renderJson(plan) : renderTerminal(plan, { color, width: process.stdout.columns ?? 100 }),
    );
    step(`\n${renderWritten(options.out, [runFile, ...files]).trimEnd()}`);
  } finally {
    display.end();
    interrupt.dispose();
  }
}

async function load(
  options: DemoOptions,
  platform: Platform,
  signal: AbortSignal,
  display: ProgressDisplay,
  runFile: string,
): Promise<void> {
  const gone = new AbortController();
  void platform.exited.then((end) => gone.abort(failure(end)));
  const { ended } = await measure({
    script: demoScenario,
    layers: {},
    env: { BASE_URL: platform.url, DURATION: String(options.duration), PEAK: String(LOAD_PEAK) },
    collect: sourcesOf(platform),
    save: runFile,
    replace: true,
    service: serviceOf(platform),
    noThresholds: false,
    allowedHosts: new Set(),
    workers: 1,
    strict: false,
    secretSources: [],
    outputs: [],
    signal: AbortSignal.any([signal, gone.signal]),
    log: display.log,
    progress: display.update,
  });
  if (ended.error !== undefined) throw ended.error;
}

function sourcesOf(platform: Platform): Measurement['collect'] {
  const replicas = platform.replicas.map(({ metrics }, i) => ({ url: metrics, source: `platform/${i}` }));
  const database = { url: platform.database, source: 'postgres' };
  const processes = platform.replicas.map(({ pid }, i) => ({ url: `pid:${pid}=platform-${i}` }));
  const postgres = platform.postgresPid === null ? [] : [{ url: `pid:${platform.postgresPid}=postgres` }];
  return [...replicas, database, ...processes, ...postgres];
}

function serviceOf({ replicas, cpuLimit, poolSize }: Platform): Measurement['service'] {
  return { replicas: replicas.length, poolSize, ...(cpuLimit === null ? {} : { cpuLimit }) };
}
