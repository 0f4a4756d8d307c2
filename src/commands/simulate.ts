import { type Command, Option } from 'commander';
import { flag } from '../flag.ts';
import { replayTrace } from '../hpa-replay.ts';
import { parseTrace } from '../hpa-traces.ts';
import { defaultRelease } from '../models/hpa/version.ts';
import { nameOf, readLines } from '../text-lines.ts';
import { parseKubernetes } from '../units.ts';

const replayHelp = `
Each line of the file is an HPA and what its controller saw at every sync; each line of the output is what the
controller decides on that: {"id", "decisions": [{"replicas", "rec", "able", "active", "limited"}]}, with the status
letter and reason of the conditions AbleToScale, ScalingActive and ScalingLimited.

Examples:
  $ fxscale simulate replay traces.jsonl.gz
  $ fxscale simulate replay - --k8s 1.32 < traces.jsonl`;

/** \`fxscale simulate\`. */
export function register(program: Command): void {
  const simulate = program.command('simulate').description('what the Kubernetes HPA decides');
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

async function replay(file: string, { k8s }: { k8s: number }): Promise<void> {
  for await (const { number, text } of readLines(file)) {
    const trace = parseTrace(text, `${nameOf(file)}:${number}`);
    process.stdout.write(`${JSON.stringify(replayTrace(trace, k8s))}\n`);
    // A reader that has gone, such as `head`, does not want the rest.
    if (!process.stdout.writable) return;
  }
}
