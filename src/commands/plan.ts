import { type Command, Option } from 'commander';
import { ensureFolder, writePlan } from '../artifacts.ts';
import { originsOf } from '../config-file.ts';
import { FxscaleError } from '../errors.ts';
import { flag } from '../flag.ts';
import { type DatabaseFlags, databaseFlags, databaseRequest } from '../plan-flags-database.ts';
import {
  checkSettings,
  type ManifestFlags,
  manifestFlags,
  manifestSettings,
} from '../plan-flags-manifests.ts';
import { serviceFlags } from '../plan-flags-service.ts';
import { streamFlags } from '../plan-flags-streams.ts';
import { readPlanTraffic, type TrafficFlags, trafficFlags } from '../plan-traffic.ts';
import { withChosenAutoscaler } from '../planners/autoscaling/choice.ts';
import type { PlanTraffic } from '../planners/autoscaling/plan-world.ts';
import {
  parseConfidence,
  parseEvent,
  parseGrowthRange,
  parseHorizon,
  parseMix,
  parsePositive,
  parseRange,
  parseSeed,
  parseTime,
} from '../planners/flags.ts';
import { type CapacityRequest, planCapacity } from '../planners/plan.ts';
import type { LoadEvent, Plan, Slo } from '../planners/types.ts';
import { pricesOf } from '../price-file.ts';
import { explain, explainable, type Subject } from '../report/explain.ts';
import { renderJson } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { renderTerminal } from '../report/terminal.ts';
import { renderWritten } from '../report/written.ts';
import { readRun } from '../store.ts';
import { parseCount, parseRate } from '../units.ts';

const formats = ['terminal', 'json', 'markdown'] as const;
type Format = (typeof formats)[number];

/** Flags that are handed to the planner as they are, under the planner's own names. */
type PlanOptions = Omit<CapacityRequest, 'events' | 'slos' | 'prices' | 'database' | keyof TrafficFlags> &
  DatabaseFlags &
  TrafficFlags & {
    event: LoadEvent[];
    slo: Slo[];
    horizon?: number;
    format?: Format;
    explain?: Subject;
    json?: true;
    out?: string;
    quiet?: true;
    simulate: boolean;
    color: boolean;
  };

/** `fxscale plan`: from runs, from declared figures, or from both. */
export function register(program: Command): void {
  const command = program
    .command('plan')
    .argument('[run...]', 'run files; what they measured wins over what is declared')
    .option(
      '--peak <rate>',
      'the load to plan for, for example 12000/s (default: the highest tested)',
      flag(parseRange(parseRate)),
    )
    .option(
      '--growth <share>',
      'how the load grows until the horizon, for example 20%/y',
      flag(parseGrowthRange),
    )
    .option('--horizon <time>', 'how far ahead to plan, for example 12mo (default) or 2y', flag(parseHorizon))
    .option(
      '--event <name:multiplier:rise:decay>',
      'what multiplies the peak, for example nfp:3:60s:30m (repeatable)',
      append(parseEvent),
      [],
    )
    .option('--mix <class=share,...>', 'the mix to plan for (default: as measured)', once('--mix', parseMix))
    .option('--rps <count>', 'declared: requests per second at the peak', flag(parseRange(parsePositive)))
    .option('--latency <time>', 'declared: mean time of a request', flag(parseRange(parseTime)))
    .option(
      '--users <count>',
      'declared: users at once, each waiting for its answer',
      flag(parseRange(parsePositive)),
    )
    .option('--confidence <share>', 'that the recommendation is enough (default: 95%)', flag(parseConfidence))
    .addOption(
      new Option(
        '--explain <what>',
        'the arithmetic of one figure, from what was measured to the number',
      ).choices(explainable),
    )
    .option('--no-simulate', 'the autoscaler that the formulas give, without trying others in the traffic')
    .option(
      '--seed <number>',
      'of the sampling (default: 1); the same seed gives the same plan',
      flag(parseSeed),
    )
    .option('--worlds <count>', 'worlds to sample for the intervals (default: 10000)', flag(parseCount))
    .addOption(new Option('--format <name>', 'how to print the plan (default: terminal)').choices(formats))
    .option('--json', 'the same as --format json')
    .option('--out <folder>', 'write plan.json, plan.md, manifests and what else runs it there')
    .option('-q, --quiet', 'only the plan, not what was written where')
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ fxscale plan .fxscale/runs/trading.ndjson --peak 12000/s --slo p99=250ms --event nfp:3:60s:30m\n' +
        '  $ fxscale plan --rps 1000 --latency 100ms\n' +
        '  $ fxscale plan --trades-per-day 5000000 --avg-trade-kb 2 --storage-gb 100 --peak-connections 40 --json',
    )
    .action(plan);
  for (const option of [
    ...trafficFlags(),
    ...serviceFlags(),
    ...databaseFlags(),
    ...streamFlags(),
    ...manifestFlags(),
  ]) {
    command.addOption(option);
  }
}

async function plan(files: string[], options: PlanOptions & ManifestFlags, command: Command): Promise<void> {
  const format = formatOf(options);
  const settings = manifestSettings(options);
  const { event, slo, horizon, simulate, ...request } = options;
  const runs = await Promise.all(files.map(readRun));
  const traffic = await readPlanTraffic(options, Date.now() / 1000);
  const analytic = planCapacity(runs, {
    ...databaseRequest(request),
    prices: await pricesOf(options),
    from: inputsOf(originsOf(command)),
    events: event,
    slos: slo,
    horizonMonths: horizon,
    traffic: traffic.load,
  });
  checkSettings(analytic, settings);
  if (options.out !== undefined) await ensureFolder(options.out);
  const planned = simulate ? tried(analytic, traffic.simulated(analytic), options) : analytic;
  if (options.out !== undefined) {
    const written = await writePlan(options.out, planned, settings, Date.now() / 1000);
    if (!options.quiet) process.stderr.write(renderWritten(options.out, written));
  }
  process.stdout.write(
    options.explain === undefined
      ? render(planned, format, options.color)
      : explain(planned, options.explain, process.stdout.columns ?? 100),
  );
}

/** What is asked of the plan, and not of how it is shown. */
function inputsOf(origins: Record<string, string>): Record<string, string> {
  const { format, json, out, image, quiet, color, config, explain, ...inputs } = origins;
  return inputs;
}

/** With the autoscaler that did best; it takes some seconds, which a person should know. */
function tried(analytic: Plan, traffic: PlanTraffic | null, { quiet }: PlanOptions): Plan {
  const live = !quiet && process.stderr.isTTY === true;
  if (live) process.stderr.write('Trying autoscalers in the traffic ...');
  const chosen = withChosenAutoscaler(analytic, traffic);
  if (live) process.stderr.write('\r\u001b[2K');
  return chosen;
}

function formatOf({ json, format }: PlanOptions): Format {
  if (json && format !== undefined && format !== 'json') {
    throw new FxscaleError('USAGE', `--json and --format ${format} ask for different outputs: leave one out`);
  }
  return json ? 'json' : (format ?? 'terminal');
}

function render(planned: Plan, format: Format, color: boolean): string {
  if (format === 'json') return renderJson(planned);
  if (format === 'markdown') return renderMarkdown(planned);
  const terminal = process.stdout.isTTY === true;
  return renderTerminal(planned, {
    color: color && terminal && !process.env.NO_COLOR,
    ...(terminal ? { width: process.stdout.columns } : {}),
  });
}

/** A repeatable flag: every value is parsed and kept. */
function append<T>(parse: (text: string) => T): (text: string, before: T[]) => T[] {
  return (text, before) => [...before, flag(parse)(text)];
}

/** A flag that says one thing: said twice, nobody knows which is meant. */
function once<T>(name: string, parse: (text: string) => T): (text: string, before?: T) => T {
  return (text, before) => {
    if (before !== undefined) throw new FxscaleError('USAGE', `${name} is given twice: leave one out`);
    return flag(parse)(text);
  };
}
