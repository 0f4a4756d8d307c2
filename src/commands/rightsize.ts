import { type Command, Option } from 'commander';
import { flag } from '../flag.ts';
import { onInterrupt } from '../interrupt.ts';
import { writePatches } from '../patch-files.ts';
import { parseConfidence, parseSeed } from '../planners/flags.ts';
import { type Rightsizing, strategies } from '../planners/rightsizing/types.ts';
import { renderRightsizing } from '../report/rightsizing.ts';
import { renderRightsizingJson } from '../report/rightsizing-json.ts';
import { renderRightsizingMarkdown } from '../report/rightsizing-markdown.ts';
import { rightsizingProgressLine } from '../report/rightsizing-words.ts';
import { parseStep, parseUntil, parseWorkload, type RightsizeFlags } from '../rightsize-flags.ts';
import { rightsize } from '../rightsizing.ts';
import { parseCores, parseDuration, parseNumber } from '../units.ts';

const formats = ['terminal', 'json', 'markdown'] as const;

type Options = RightsizeFlags & {
  format: (typeof formats)[number];
  json?: true;
  out?: string;
  quiet?: true;
  color: boolean;
};

const help = `
Reads cAdvisor and kube-state-metrics. A user and password in the URL are sent; ?token_env=NAME sends the bearer token in
that variable. A CPU request and the target of an HPA are moved together, so that the number of pods stays.

Examples:
  $ fxscale rightsize http://prometheus:9090
  $ fxscale rightsize http://prometheus:9090 --namespace trading --workload 'api|web-.*' --out patches
  $ fxscale rightsize http://prometheus:9090 --strategy krr --price-core-hour 0.04 --price-gib-hour 0.005 --json`;

/** `fxscale rightsize`. */
export function register(program: Command): void {
  program
    .command('rightsize')
    .argument('<url>', 'where Prometheus is, http:// or https://')
    .option('--namespace <name>', 'only this namespace')
    .option('--workload <name>', 'only workloads of this name, or regular expression', flag(parseWorkload))
    .addOption(valued('--history <time>', 'how far back to look', parseDuration, 14 * 86_400, '14d'))
    .addOption(valued('--step <time>', 'between two points', parseStep, 75, '75s'))
    .option('--until <date>', 'where the history ends (default: now)', flag(parseUntil))
    .addOption(
      new Option('--strategy <name>', 'whose rules to show; all shows them side by side and sums up fxscale')
        .choices([...strategies, 'all'])
        .default('all'),
    )
    .addOption(
      valued('--confidence <share>', 'of the work covered, and that it is', parseConfidence, 0.95, '95%'),
    )
    .addOption(
      new Option('--cpu-limits <how>', 'no CPU limits, or ones above the peaks')
        .choices(['none', 'tail'])
        .default('none'),
    )
    .option(
      '--pod-target <cores>',
      'CPU at which HPAs are to hold a pod (default: as they do today)',
      flag(parseCores),
    )
    .option('--price-core-hour <number>', 'what a requested core costs', flag(parseNumber))
    .option('--price-gib-hour <number>', 'what a requested GiB of memory costs', flag(parseNumber))
    .option('--seed <number>', 'of the sampling; the same seed gives the same advice', flag(parseSeed), 1)
    .addOption(new Option('--format <name>', 'how to print it').choices(formats).default('terminal'))
    .option('--json', 'the same as --format json')
    .option('--out <folder>', 'write a patch for each workload and HPA there, for kubectl patch')
    .option('-q, --quiet', 'no progress, and not what was written where')
    .option('--no-color', 'no colours')
    .addHelpText('after', help)
    .action(rightsizeAction);
}

function valued<T>(flags: string, text: string, parse: (text: string) => T, value: T, shown: string): Option {
  return new Option(flags, text).argParser(flag(parse)).default(value, shown);
}

async function rightsizeAction(url: string, options: Options): Promise<void> {
  const interrupt = onInterrupt();
  const live = !options.quiet && process.stderr.isTTY === true;
  const clear = () => live && process.stderr.write('\r\u001b[2K');
  try {
    const report = await rightsize(url, options, {
      environment: process.env,
      now: Math.floor(Date.now() / 1000),
      signal: interrupt.signal,
      progress: (done, of, name) => {
        clear();
        if (live)
          process.stderr.write(rightsizingProgressLine(done, of, name, (process.stderr.columns ?? 80) - 1));
      },
    });
    clear();
    const written = options.out === undefined ? [] : await writePatches(options.out, report);
    process.stdout.write(render(report, options));
    if (!options.quiet) for (const file of written) process.stderr.write(`fxscale: wrote ${file}\n`);
  } finally {
    clear();
    interrupt.dispose();
  }
}

function render(report: Rightsizing, { format, json, color }: Options): string {
  if (json || format === 'json') return renderRightsizingJson(report);
  if (format === 'markdown') return renderRightsizingMarkdown(report);
  const terminal = process.stdout.isTTY === true;
  return renderRightsizing(report, {
    color: color && terminal && !process.env.NO_COLOR,
    ...(terminal ? { width: process.stdout.columns } : {}),
  });
}
