import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, FxscaleError, messageOf } from './errors.ts';
import { maskSecrets } from './load/masking.ts';

const packageFile = new URL('../../package.json', import.meta.url);

/** Each command is loaded when it is named, so that it does not wait for what the others need. */
const commands: Readonly<Record<string, () => Promise<{ register(program: Command): void }>>> = {
  demo: () => import('./commands/demo.ts'),
  run: () => import('./commands/run.ts'),
  lint: () => import('./commands/lint.ts'),
  probe: () => import('./commands/probe.ts'),
  model: () => import('./commands/model.ts'),
  plan: () => import('./commands/plan.ts'),
  simulate: () => import('./commands/simulate.ts'),
  rightsize: () => import('./commands/rightsize.ts'),
  serve: () => import('./commands/serve.ts'),
  doctor: () => import('./commands/doctor.ts'),
};

/** The program with the command called `name`, or with all of them when it is none; `version` is the package's. */
export async function program(name?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const root = new Command('fxscale')
    .description('How much does this service need, and how should it scale? With evidence.')
    .version(version)
    .exitOverride()
    // What follows a command belongs to it, and not to a command around it that has options of the same name.
    .enablePositionalOptions()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .helpCommand(true)
    .addHelpText('after', '\nStart with:\n  $ fxscale demo\n');
  const known = name === undefined ? undefined : commands[name];
  const wanted = known === undefined ? Object.values(commands) : [known];
  for (const load of wanted) (await load()).register(root);
  return root;
}

/** Runs the command that `argv` names: the one place that prints an error and sets the exit code. */
export async function main(argv: string[]): Promise<void> {
  // A reader that closes the pipe early, such as `head`, is not a fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await (await program(argv[2])).parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const text = error.code === 'commander.help' ? 'name a command; see fxscale --help' : error.message;
    process.stderr.write(`fxscale: ${maskSecrets(oneLine(text.replace(/^error: /, '')))}\n`);
    return exitCodes.USAGE;
  }
  const known = error instanceof FxscaleError;
  process.stderr.write(
    `fxscale: ${known ? maskSecrets(error.message) : `internal fault: ${messageOf(error)}`}\n`,
  );
  if (process.env.FXSCALE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return known ? error.exitCode : exitCodes.INTERNAL;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
