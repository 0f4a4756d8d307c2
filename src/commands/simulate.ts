import { type Command, Option } from 'commander';
import { flag } from '../flag.ts';
import { replayTrace } from '../hpa-replay.ts';
import { parseTrace } from '../hpa-traces.ts';
import { onInterrupt } from '../interrupt.ts';
import { defaultRelease } from '../models/hpa/version.ts';
import { renderSimulation } from '../report/simulation.ts';
import { renderSimulationJson } from '../report/simulation-json.ts';
import { renderTuned, renderTunedJson, tuneBeginLine, tuneProgressLine } from '../report/tuned.ts';
import { simulateAll } from '../simulate-all.ts';
import { addWorldFlags, type FloorFlag, parseFloor, type WorldFlags } from '../simulate-flags.ts';
import { readInputs } from '../simulation-inputs.ts';
import { nameOf, readLines } from '../text-lines.ts';
import { type TuneFlags, tuneHpas } from '../tune-hpas.ts';
import { parseCount, parseKubernetes, parsePercent } from '../units.ts';

const replayHelp = `
Each line of the file is an HPA and what its controller saw at every sync; each line of the output is what the
controller decides on that: {"id", "decisions": [{"replicas", "rec", "able", "active", "limited"}]}, with the status
letter and reason of the conditions AbleToScale, ScalingActive and ScalingLimited.

Examples:
  $ fxscale simulate replay traces.jsonl.gz
  $ fxscale simulate replay - --k8s 1.32 < traces.jsonl`;

const tuneHelp = `
Tries metrics, targets, minimum and maximum, windows, policies, and a higher minimum around --event times, and then what
is near the best. Variants of a ScaledObject are ScaledObjects. Ctrl-C gives the best so far.

Example:
  $ fxscale simulate tune hpa.yaml --traffic fx-overlap-heavy --mean 1000/s --event nfp:3:15s:30m@4d12h30m \\
      --capacity 100/s --cpu-per-request 4ms --price 0.04`;

const help = `
The HPA decides as the controller of Kubernetes does, on what metrics show it of pods that start, work and end; from
zero and to zero KEDA decides. With --partitions the traffic is the records of a topic that the pods consume. A
PodDisruptionBudget in the files, or in one of its own, is looked at too.

Examples:
  $ fxscale simulate hpa.yaml --traffic fx-overlap-heavy --mean 1000/s --capacity 100/s --cpu-per-request 4ms
  $ fxscale simulate plan/plan.json hpa.yaml --plan plan/plan.json --traffic rate.csv --event nfp:5:15s:30m@4d12h30m
  $ fxscale simulate hpa.yaml --from-prometheus http://prometheus:9090 --days 2 --capacity 100/s --cpu-per-request 4ms
  $ fxscale simulate scaledobject.yaml --traffic fx-overlap-heavy --mean 600/s --partitions 24 --slo p99=10s \\
      --capacity 100/s --cpu-per-request 4ms
  $ fxscale simulate tune hpa.yaml --traffic fx-overlap-heavy --mean 1000/s --run .fxscale/runs/trading.ndjson`;

/** `fxscale simulate`. */
export function register(program: Command): void {
  const simulate = program
    .command('simulate')
    // What follows the name of a subcommand belongs to that.
    .enablePositionalOptions()
    .argument(
      '<hpa...>',
      'manifests of a HorizontalPodAutoscaler or a ScaledObject of KEDA, or plans (plan.json)',
    )
    .option(
      '--floor <replicas@time:duration>',
      'a minimum for a while, for example 18@4d12h:2h (repeatable)',
      appendFloor,
      [],
    )
    .addHelpText('after', help)
    .action(simulateHpas);
  addWorldFlags(simulate);
  const tune = simulate
    .command('tune')
    .description('the cheapest HPA that keeps the SLO in a traffic, and what it was chosen from')
    .argument('[hpa...]', 'HPAs or ScaledObjects to compare with; the first names the target')
    .option('--candidates <count>', 'HPAs to try', flag(parseCount), 1000)
    .option('--seeds <count>', 'of the arrivals, for the best of them', flag(parseCount), 4)
    .addOption(
      new Option('--budget <share>', 'of the time, in which the SLO may be broken')
        .argParser(flag(parsePercent))
        .default(0.001, '0.1%'),
    )
    .option('--threads <count>', 'threads to work with (default: one per core)', flag(parseCount))
    .addHelpText('after', tuneHelp)
    .action(tuneAction);
  addWorldFlags(tune);
  simulate
    .command('replay')
    .description('the decisions of the HPA controller on recorded inputs, as JSON lines')
    .argument('<traces>', 'a file of JSON lines, may be compressed by gzip; - for the standard input')
    .addOption(
      new Option('--k8s <version>', 'the Kubernetes release whose controller decides')
        .argParser(flag(parseKubernetes))
        .default(defaultRelease, `1.${defaultRelease}`),
    )
    .option('--json', 'JSON lines (they always are)')
    .option('-q, --quiet', 'no progress (there is none)')
    .option('--no-color', 'no colours (there are none)')
    .addHelpText('after', replayHelp)
    .action(replay);
}

async function simulateHpas(files: string[], flags: WorldFlags & { floor: FloorFlag[] }): Promise<void> {
  const inputs = await readInputs(files, flags, flags.floor, Date.now() / 1000);
  const report = simulateAll(inputs, { ...flags, quantiles: flags.json === true });
  process.stdout.write(
    flags.json ? renderSimulationJson(report) : renderSimulation(report, shown(flags.color)),
  );
}

async function tuneAction(
  files: string[],
  flags: WorldFlags & Omit<TuneFlags, 'signal' | 'begin' | 'progress'>,
): Promise<void> {
  const inputs = await readInputs(files, flags, [], Date.now() / 1000);
  const interrupt = onInterrupt();
  const live = !flags.quiet && process.stderr.isTTY === true;
  const clear = () => live && process.stderr.write('\r\u001b[2K');
  try {
    const report = await tuneHpas(inputs, {
      ...flags,
      signal: interrupt.signal,
      begin: (candidates, threads) => {
        if (!flags.quiet) process.stderr.write(tuneBeginLine(candidates, threads));
      },
      progress: (progress) => {
        clear();
        if (live) process.stderr.write(tuneProgressLine(progress, (process.stderr.columns ?? 80) - 1));
      },
    });
    clear();
    process.stdout.write(flags.json ? renderTunedJson(report) : renderTuned(report, shown(flags.color)));
    interrupt.signal.throwIfAborted();
  } finally {
    clear();
    interrupt.dispose();
  }
}

function shown(color: boolean): { color: boolean; width?: number } {
  const terminal = process.stdout.isTTY === true;
  return {
    color: color && terminal && !process.env.NO_COLOR,
    ...(terminal ? { width: process.stdout.columns } : {}),
  };
}

function appendFloor(text: string, before: FloorFlag[]): FloorFlag[] {
  return [...before, flag(parseFloor)(text)];
}

async function replay(file: string, { k8s }: { k8s: number }): Promise<void> {
  for await (const { number, text } of readLines(file)) {
    const trace = parseTrace(text, `${nameOf(file)}:${number}`);
    process.stdout.write(`${JSON.stringify(replayTrace(trace, k8s))}\n`);
    // A reader that has gone, such as `head`, does not want the rest.
    if (!process.stdout.writable) return;
  }
}
