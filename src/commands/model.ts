import type { Command } from 'commander';
import { flag } from '../flag.ts';
import { predictLatency } from '../models/latency/choose.ts';
import { parseSeed, parseSlo } from '../planners/flags.ts';
import { modelRuns } from '../planners/model/model.ts';
import type { Slo } from '../planners/types.ts';
import { renderModel } from '../report/model.ts';
import { readRun } from '../store.ts';

type ModelOptions = { slo: Slo[]; seed?: number; json?: true; color: boolean };

const help = `
Without --slo the targets are the script's own thresholds on http_req_duration. Rates are those of all classes together,
in the mix of the runs.

Examples:
  $ fxscale model trading.ndjson --slo p99=250ms --slo trade:p95=100ms
  $ fxscale model .fxscale/runs/*.ndjson --json`;

/** \`fxscale model\`. */
export function register(program: Command): void {
  program
    .command('model')
    .argument('<run...>', 'run files')
    .option('--slo <target>', 'p99=250ms, or trade:p99=250ms for one class (repeatable)', append, [])
    .option(
      '--seed <number>',
      'of the sampling (default: 1); the same seed gives the same model',
      flag(parseSeed),
    )
    .option('--json', 'the models as one JSON document')
    .option('-q, --quiet', 'accepted as everywhere; there is no progress to leave out')
    .option('--no-color', 'no colours')
    .addHelpText('after', help)
    .action(model);
}

async function model(files: string[], { slo, seed, json, color }: ModelOptions): Promise<void> {
  const runs = await Promise.all(files.map(readRun));
  const modelled = modelRuns(runs, { slos: slo, seed });
  const terminal = process.stdout.isTTY === true;
  process.stdout.write(
    json
      ? `${JSON.stringify(modelled)}\n`
      : renderModel(modelled, {
          color: color && terminal && !process.env.NO_COLOR,
          ...(terminal ? { width: process.stdout.columns } : {}),
          predict: predictLatency,
        }),
  );
}

function append(text: string, before: Slo[]): Slo[] {
  return [...before, flag(parseSlo)(text)];
}
