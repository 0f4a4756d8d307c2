import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { register as registerDemo } from './commands/demo.ts';
import { register as registerLint } from './commands/lint.ts';
import { register as registerPlan } from './commands/plan.ts';
import { register as registerRun } from './commands/run.ts';
import { register as registerServe } from './commands/serve.ts';
import { exitCodes, FxscaleError, messageOf } from './errors.ts';
import { maskSecrets } from './load/masking.ts';

const packageFile = new URL('../../package.json', import.meta.url);

/** The program with all its commands; `version` is that of the package. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const root = new Command('fxscale')
    .description('How much does this service need, and how should it scale? With evidence.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .helpCommand(true)
    .addHelpText('after', '\nStart with:\n  $ fxscale demo\n');
  registerDemo(root);
  registerRun(root);
  registerLint(root);
  registerPlan(root);
  registerServe(root);
  return root;
}

/** Runs the command that `argv` names: the one place that prints an error and sets the exit code. */
export async function main(argv: string[]): Promise<void> {
  // A reader that closes the pipe early, such as `head`, is not a fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await program().parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    const text = error.code === 'commander.help' ? 'name a command; see fxscale --help' : error.message;
    process.stderr.write(`fxscale: ${oneLine(text.replace(/^error: /, ''))}\n`);
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
