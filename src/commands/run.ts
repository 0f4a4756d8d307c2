import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { FxscaleError } from '../errors.ts';
import { flag } from '../flag.ts';
import { onInterrupt } from '../interrupt.ts';
import { optionsFromEnv } from '../load/options.ts';
import { summaryData } from '../load/summary-data.ts';
import { measure } from '../measure.ts';
import { ProgressDisplay } from '../progress.ts';
import { renderK6Summary } from '../report/k6-summary.ts';
import { defaultRunPath } from '../store.ts';
import { parseCount } from '../units.ts';

type RunOptions = {
  env: Record<string, string>;
  tag: Record<string, string>;
  stage: { duration: string; target: string }[];
  collect: string[];
  allowHost: string[];
  save?: string;
  serviceReplicas?: number;
  includeSystemEnvVars: boolean;
  thresholds: boolean;
  summaryMode: 'compact' | 'disabled';
  color: boolean;
  quiet?: true;
  json?: true;
};

/** k6's own options among the flags: what commander calls them and what k6 does. */
const k6Flags: readonly [flags: string, description: string, option: string][] = [
  ['-u, --vus <count>', 'virtual users', 'vus'],
  ['-d, --duration <time>', 'how long, for example 30s', 'duration'],
  ['-i, --iterations <count>', 'iterations in all', 'iterations'],
  ['--setup-timeout <time>', 'how long setup() may take', 'setupTimeout'],
  ['--teardown-timeout <time>', 'how long teardown() may take', 'teardownTimeout'],
  ['--max-redirects <count>', 'redirects to follow', 'maxRedirects'],
  ['--user-agent <text>', 'User-Agent of every request', 'userAgent'],
  ['--min-iteration-duration <time>', 'shorter iterations wait for the rest', 'minIterationDuration'],
  ['--summary-trend-stats <list>', 'columns of trends, for example avg,p(99)', 'summaryTrendStats'],
  ['--summary-time-unit <unit>', 's, ms or us', 'summaryTimeUnit'],
  ['--system-tags <list>', 'tags that samples carry', 'systemTags'],
  ['--no-setup', 'do not run setup()', 'noSetup'],
  ['--no-teardown', 'do not run teardown()', 'noTeardown'],
  ['--no-connection-reuse', 'a new connection for every request', 'noConnectionReuse'],
  ['--no-vu-connection-reuse', 'new connections in every iteration', 'noVUConnectionReuse'],
  ['--insecure-skip-tls-verify', 'accept any certificate', 'insecureSkipTLSVerify'],
  ['--discard-response-bodies', 'do not keep bodies', 'discardResponseBodies'],
  ['-w, --throw', 'failed requests are exceptions', 'throw'],
];

const help = `
Examples:
  $ fxscale run script.js -u 10 -d 30s
  $ fxscale run scenarios/trading.ts -e BASE_URL=http://127.0.0.1:3000 \\
      --collect http://127.0.0.1:3000/metrics --collect postgres://postgres@127.0.0.1:5432/fx`;

/** \`fxscale run\`. */
export function register(program: Command): void {
  const command = program
    .command('run')
    .description('run a k6 script, and read what the load does to the service')
    .argument('<script>', 'a k6 script, .js or .ts');
  for (const [flags, description] of k6Flags) command.addOption(new Option(flags, description));
  command
    .option('-s, --stage <duration:target>', 'a stage of VUs (repeatable)', collectStages, [])
    .option('-e, --env <name=value>', 'an entry of __ENV (repeatable)', collectPairs('--env'), {})
    .option('--tag <name=value>', 'a tag for every sample (repeatable)', collectPairs('--tag'), {})
    .option('--no-include-system-env-vars', 'leave the environment out of __ENV')
    .option('--no-thresholds', 'do not judge thresholds')
    .addOption(
      new Option('--summary-mode <mode>', 'the summary at the end')
        .choices(['compact', 'disabled'])
        .default('compact'),
    )
    .option(
      '--collect <url>',
      'read this once a second: http://.../metrics, postgres://..., pid:N (repeatable)',
      append,
      [],
    )
    .option(
      '--service-replicas <count>',
      'replicas that the service ran with, for the run file',
      flag(parseCount),
    )
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
      process.exitCode = await run(script, options, k6Options(command));
    });
}

async function run(script: string, options: RunOptions, flags: Record<string, unknown>): Promise<number> {
  const display = new ProgressDisplay({ quiet: options.quiet === true });
  const interrupt = onInterrupt();
  const save =
    options.save === 'none' ? undefined : (options.save ?? defaultRunPath(new Date(), basename(script)));
  try {
    const { test, ended } = await measure({
      script,
      layers: { env: optionsFromEnv(process.env), flags },
      env: { ...(options.includeSystemEnvVars ? stringsOf(process.env) : {}), ...options.env },
      collect: options.collect.map((url) => ({ url })),
      save,
      replace: false,
      service: options.serviceReplicas === undefined ? {} : { replicas: options.serviceReplicas },
      noThresholds: !options.thresholds,
      allowedHosts: new Set(options.allowHost),
      signal: interrupt.signal,
      log: display.log,
      progress: display.update,
    });
    display.end();
    const data = summaryData(ended.session, ended.verdicts, ended.seconds, test.options);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ exitCode: ended.exitCode, run: save ?? null, ...data })}\n`);
    else if (options.summaryMode === 'compact') {
      process.stdout.write(renderK6Summary(data, { color: options.color && process.stdout.isTTY === true }));
    }
    if (save !== undefined && !options.quiet && !options.json) display.step(`run saved to ${save}`);
    if (ended.error !== undefined) throw ended.error;
    return ended.exitCode;
  } finally {
    display.end();
    interrupt.dispose();
  }
}

/** The k6 options that were given as flags, under k6's names. */
function k6Options(command: Command): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [flags, , option] of k6Flags) {
    const attribute = new Option(flags).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') continue;
    const value: unknown = command.getOptionValue(attribute);
    given[option] = flags.startsWith('--no-') ? true : value;
  }
  const { stage, tag } = command.opts<RunOptions>();
  if (stage.length > 0) given.stages = stage;
  if (Object.keys(tag).length > 0) given.tags = tag;
  return given;
}

function append(value: string, all: string[]): string[] {
  return [...all, value];
}

function collectPairs(name: string) {
  return (text: string, all: Record<string, string>): Record<string, string> => {
    const at = text.indexOf('=');
    if (at < 1) throw new FxscaleError('USAGE', `${name} ${JSON.stringify(text)}: write name=value`);
    return { ...all, [text.slice(0, at)]: text.slice(at + 1) };
  };
}

function collectStages(text: string, all: RunOptions['stage']): RunOptions['stage'] {
  const stages = text.split(',').map((one) => {
    const match = /^([^:]+):(\d+)$/.exec(one.trim());
    if (match === null)
      throw new FxscaleError(
        'USAGE',
        `--stage ${JSON.stringify(text)}: write duration:target, for example 30s:10`,
      );
    return { duration: match[1] as string, target: match[2] as string };
  });
  return [...all, ...stages];
}

function stringsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
