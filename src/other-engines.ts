import { basename } from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { onInterrupt } from './interrupt.ts';
import type { ScriptLog } from './load/console.ts';
import { type KnownFlag, k6Arguments } from './load/k6/arguments.ts';
import { bundleForK6 } from './load/k6/bundle.ts';
import { testRunManifests, testRunName } from './load/k6/operator.ts';
import { measureOnK6 } from './measure-k6.ts';
import { describeService } from './run.ts';
import { defaultRunPath } from './store.ts';

/** What `fxscale run` was told, as far as the engines that are not in it need it. */
export type RunRequest = {
  readonly script: string;
  /** What stood behind `fxscale run`. */
  readonly words: readonly string[];
  /** The command, for the flags that it knows. */
  readonly command: Command;
  readonly options: {
    readonly env: Readonly<Record<string, string>>;
    readonly collect: readonly string[];
    readonly save?: string;
    readonly serviceReplicas?: number;
    readonly serviceCpu?: number;
    readonly workers?: unknown;
    readonly json?: true;
    readonly quiet?: true;
  };
  readonly log: ScriptLog;
};

/** Flags of `fxscale run` that mean nothing to k6. What else k6 does not know it says itself. */
const ownFlags = new Set([
  ...[
    '--engine',
    '--workers',
    '--collect',
    '--save',
    '--service-replicas',
    '--service-cpu',
    '--allow-host',
    '--strict',
    '--json',
  ],
]);

function knownFlags(command: Command, own: ReadonlySet<string>): KnownFlag[] {
  return command.options.map(({ short, long, required, optional }) => ({
    names: [short, long].filter((name) => name !== undefined),
    takesValue: required && !optional,
    own: own.has(long ?? ''),
  }));
}

/** Runs the script on the real k6 and gives its exit code. Throws as `measureOnK6` does. */
export async function runOnK6({ script, words, command, options, log }: RunRequest): Promise<number> {
  const save =
    options.save === 'none' ? undefined : (options.save ?? defaultRunPath(new Date(), basename(script)));
  const interrupt = onInterrupt();
  try {
    const { exitCode, summary, version } = await measureOnK6({
      binary: process.env.K6_BIN ?? 'k6',
      script,
      args: k6Arguments(words, script, knownFlags(command, ownFlags)),
      stdout: options.json ? 'stderr' : 'stdout',
      collect: options.collect.map((url) => ({ url })),
      save,
      service: describeService(options.serviceReplicas, options.serviceCpu),
      signal: interrupt.signal,
      log,
    });
    const result = { exitCode, run: save ?? null, engine: `k6 v${version}`, ...summary };
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else if (save !== undefined && !options.quiet) process.stderr.write(`run saved to ${save}\n`);
    return exitCode;
  } finally {
    interrupt.dispose();
  }
}

/**
 * Prints what k6-operator needs to run the script in a cluster, and in one line what to do with it. Throws REFUSED for
 * a script that does not fit, USAGE for flags that the operator sets itself.
 */
export async function printTestRun({ script, words, command, options }: RunRequest): Promise<number> {
  const own = new Set([...ownFlags, '--env', '--quiet']);
  const manifests = testRunManifests({
    name: testRunName(basename(script)),
    namespace: undefined,
    parallelism: typeof options.workers === 'number' ? options.workers : 1,
    script: await bundleForK6(script),
    args: k6Arguments(words, script, knownFlags(command, own)),
    env: options.env,
  });
  if (options.json) process.stdout.write(`${JSON.stringify(manifests)}\n`);
  else process.stdout.write(manifests.map((one) => stringify(one, { lineWidth: 0 })).join('---\n'));
  process.stderr.write(
    'nothing was run: pipe this into `kubectl apply -f -` in a cluster with k6-operator; each pod writes its samples to its log and judges no thresholds\n',
  );
  return 0;
}
