import { Command, CommanderError } from 'commander';
import { takeConfig } from './config-file.ts';
import { exitCodes, FxscaleError, messageOf } from './errors.ts';
import { maskSecrets } from './load/masking.ts';
import { ownPackage } from './own-package.ts';

type CommandFile = { register(program: Command): void };

/**
 * What each command is for, and the files that it is in, which are loaded when it is named: the others, and the list of
 * them all, do not wait for what it needs.
 */
const commands: Readonly<
  Record<string, { summary: string; files: readonly (() => Promise<CommandFile>)[] }>
> = {
  demo: {
    summary: 'start the trading platform, load it, measure it and plan its capacity',
    files: [() => import('./commands/demo.ts')],
  },
  init: {
    summary: 'write a commented fxscale.yaml, a first scenario and a CI workflow',
    files: [() => import('./commands/init.ts')],
  },
  run: {
    summary: 'run a k6 script, and read what the load does to the service',
    files: [() => import('./commands/run.ts')],
  },
  lint: {
    summary: 'what the real k6 would refuse in a script, or do otherwise',
    files: [() => import('./commands/lint.ts')],
  },
  probe: {
    summary: 'find where a URL saturates: throughput and latency by the number of connections',
    files: [() => import('./commands/probe.ts')],
  },
  model: {
    summary: 'what runs tell: the cost of a request, latency by utilisation, where a target breaks',
    files: [() => import('./commands/model.ts')],
  },
  plan: {
    summary: 'plan the capacity that a load needs, from runs, declared figures, or both',
    files: [() => import('./commands/plan.ts'), () => import('./commands/plan-diff.ts')],
  },
  traffic: {
    summary: 'what the traffic is like over the week, and what it will be',
    files: [() => import('./commands/traffic.ts')],
  },
  simulate: {
    summary: 'what an HPA does with a traffic: replicas, latency, cost, and why',
    files: [() => import('./commands/simulate.ts')],
  },
  rightsize: {
    summary: 'requests and limits for what runs today, from its history in Prometheus',
    files: [() => import('./commands/rightsize.ts')],
  },
  serve: {
    summary: 'start the reference FX trading platform, until Ctrl-C',
    files: [() => import('./commands/serve.ts')],
  },
  doctor: {
    summary: 'what is here and what is missing, and how much load this machine can generate',
    files: [() => import('./commands/doctor.ts')],
  },
};

/** The program with the command called `name`; of the others, or of all when it is none, only what they are for. */
export async function program(name?: string): Promise<Command> {
  const root = new Command('fxscale')
    .description('How much does this service need, and how should it scale? With evidence.')
    .version(ownPackage().version)
    .exitOverride()
    // What follows a command belongs to it, and not to a command around it that has options of the same name.
    .enablePositionalOptions()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .helpCommand(true)
    .addHelpText('after', '\nStart with:\n  $ fxscale demo\n');
  for (const [each, { summary, files }] of Object.entries(commands)) {
    if (each === name) for (const load of files) (await load()).register(root);
    (root.commands.find((command) => command.name() === each) ?? root.command(each)).description(summary);
  }
  takeConfig(root);
  return root;
}

/** Runs the command that `argv` names, as the process. */
export async function main(argv: string[]): Promise<void> {
  // A reader that closes the pipe early, such as `head`, is not a fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  await run(argv);
}

/** Runs the command that `argv` names: the one place that prints an error and sets the exit code. */
export async function run(argv: string[]): Promise<void> {
  try {
    await (await program(argv[2] === 'help' ? argv[3] : argv[2])).parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error, argv[2]);
  }
}

function report(error: unknown, name = ''): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    process.stderr.write(`fxscale: ${maskSecrets(oneLine(usage(error, name)))}\n`);
    return exitCodes.USAGE;
  }
  const known = error instanceof FxscaleError;
  process.stderr.write(
    `fxscale: ${known ? maskSecrets(error.message) : `internal fault: ${messageOf(error)}`}\n`,
  );
  if (process.env.FXSCALE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return known ? error.exitCode : exitCodes.INTERNAL;
}

/** What is wrong with the words after `fxscale`, and where it says what is right. */
function usage({ code, message }: CommanderError, name: string): string {
  if (code === 'commander.help') return 'name a command; see fxscale --help';
  const text = message.replace(/^error: /, '');
  const saysWhatIsRight = code === 'commander.invalidArgument' || /Did you mean/.test(text);
  const command = Object.hasOwn(commands, name) ? ` ${name}` : '';
  return saysWhatIsRight ? text : `${text}; see fxscale${command} --help`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
