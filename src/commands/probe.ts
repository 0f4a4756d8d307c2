import { type Command, Option } from 'commander';
import { flag } from '../flag.ts';
import { onInterrupt } from '../interrupt.ts';
import { maskSecrets } from '../load/masking.ts';
import {
  parseHeader,
  parseLevels,
  parseMethod,
  parseProbeTimeout,
  parseSeconds,
  requestOf,
} from '../load/probe-flags.ts';
import type { SweepProgress, SweepSettings } from '../load/sweep.ts';
import { checkTarget } from '../load/target.ts';
import { throughputAt } from '../models/usl.ts';
import { parseSeed } from '../planners/flags.ts';
import { judgeProbe, type ProbeResult } from '../planners/probe.ts';
import { probeProgressLine, renderProbe } from '../report/probe.ts';
import { append } from '../run-flags.ts';
import { maskUrl, parseCount, parseDuration } from '../units.ts';

type ProbeOptions = Omit<SweepSettings, 'levels' | 'signal' | 'progress'> & {
  connections: number[];
  method?: string;
  body?: string;
  header: [name: string, value: string][];
  allowHost: string[];
  json?: true;
  quiet?: true;
  color: boolean;
};

const help = `
Every connection sends its next request as soon as it has an answer. A request that fails (no answer,
or a status of 400 or more) is not throughput, and in the percentiles counts as long as the timeout. Redirects are not
followed, TLS certificates not verified.

Examples:
  $ fxscale probe http://127.0.0.1:3000/api/prices/EURUSD
  $ fxscale probe http://127.0.0.1:3000/orders -m POST -H 'content-type: application/json' -b '{"n":1}' --json`;

/** \`fxscale probe\`. */
export function register(program: Command): void {
  program
    .command('probe')
    .argument('<url>', 'what to load, http:// or https://')
    .addOption(
      new Option('-c, --connections <list>', 'how many at once, in turn')
        .argParser(flag(parseLevels))
        .default([1, 2, 4, 8, 16, 32, 64], '1,2,4,8,16,32,64'),
    )
    .addOption(
      new Option('--step <time>', 'how long to measure each').argParser(flag(parseSeconds)).default(5, '5s'),
    )
    .option('--repeats <count>', 'how often to measure each', flag(parseCount), 2)
    .addOption(
      new Option('--warm-up <time>', 'load before the first step')
        .argParser(flag(parseSeconds))
        .default(3, '3s'),
    )
    .addOption(
      new Option('--cooldown <time>', 'rest before every step')
        .argParser(flag(parseDuration))
        .default(1, '1s'),
    )
    .addOption(
      new Option('--timeout <time>', 'after which a request is given up')
        .argParser(flag(parseProbeTimeout))
        .default(10, '10s'),
    )
    .option('--seed <number>', 'of the order of the steps and the intervals', flag(parseSeed), 1)
    .option('-m, --method <name>', 'HTTP method (default: GET, or POST with a body)', flag(parseMethod))
    .option('-b, --body <text>', 'body of every request')
    .option('-H, --header <name: value>', 'header of every request (repeatable)', appendHeader, [])
    .option(
      '--allow-host <host>',
      'load may go to this host, which is not this machine (repeatable)',
      append,
      [],
    )
    .option('--json', 'the result as one JSON document')
    .option('-q, --quiet', 'no progress')
    .option('--no-color', 'no colours')
    .addHelpText('after', help)
    .action(probe);
}

async function probe(url: string, options: ProbeOptions): Promise<void> {
  const { connections: levels, allowHost, seed, timeout } = options;
  await checkTarget(url, new Set(allowHost));
  const request = requestOf(url, options);
  // Only a probe needs autocannon.
  const { sweep } = await import('../load/sweep.ts');
  const interrupt = onInterrupt();
  const live = !options.quiet && process.stderr.isTTY === true;
  const clear = () => live && process.stderr.write('\r\u001b[2K');
  try {
    const { steps, ended } = await sweep(request, {
      ...options,
      levels,
      signal: interrupt.signal,
      progress: (progress) => {
        clear();
        if (live) process.stderr.write(lineOf(progress));
      },
    });
    clear();
    if (steps.length > 0) {
      const result = judgeProbe(steps, { of: levels.length * options.repeats, seed, timeout });
      process.stdout.write(options.json ? json(request, options, result) : render(result, options.color));
    }
    if (ended !== undefined) throw ended;
  } finally {
    clear();
    interrupt.dispose();
  }
}

function lineOf(progress: SweepProgress): string {
  return probeProgressLine(progress, progress.last, (process.stderr.columns ?? 80) - 1);
}

function json({ url, method }: { url: string; method: string }, options: ProbeOptions, result: ProbeResult) {
  const { step, repeats, warmUp, cooldown, timeout, seed } = options;
  const target = maskSecrets(maskUrl(url));
  const settings = { step, repeats, warmUp, cooldown, timeout, seed };
  return `${JSON.stringify({ schema: 'fxscale.probe/1', target, method, settings, ...result })}\n`;
}

function render(result: ProbeResult, color: boolean): string {
  const terminal = process.stdout.isTTY === true;
  return renderProbe(result, {
    color: color && terminal && !process.env.NO_COLOR,
    ...(terminal ? { width: process.stdout.columns } : {}),
    law: throughputAt,
  });
}

/** Not a `flag`, whose errors repeat the whole argument: the value of a header may be a secret. */
function appendHeader(text: string, before: [string, string][]): [string, string][] {
  return [...before, parseHeader(text)];
}
