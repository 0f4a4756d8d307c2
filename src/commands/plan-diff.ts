import { type Command, Option } from 'commander';
import { FxscaleError } from '../errors.ts';
import { readPlan } from '../plan-file.ts';
import { diffPlans } from '../planners/diff/plan-diff.ts';
import { renderPlanDiff, renderPlanDiffMarkdown } from '../report/plan-diff.ts';

const formats = ['terminal', 'json', 'markdown'] as const;
type DiffOptions = { format?: (typeof formats)[number]; json?: true; color: boolean };

const help = `
The change of the replicas is shared out among its causes: the count is put together from what the plans say, every
factor of it is taken from the one and the other, and each gets its mean effect over all orders. They add up.

Examples:
  $ fxscale plan diff last-month/plan.json capacity/plan.json
  $ fxscale plan diff main/plan.json capacity/plan.json --format markdown >> "$GITHUB_STEP_SUMMARY"`;

/** `fxscale plan diff`, below `fxscale plan`. */
export function register(program: Command): void {
  const plan = program.commands.find((command) => command.name() === 'plan');
  plan
    // What follows the name of a subcommand belongs to that.
    ?.enablePositionalOptions()
    .command('diff')
    .description('what is different in the second of two plans, and why')
    .argument('<before>', 'plan.json')
    .argument('<after>', 'plan.json')
    .addOption(new Option('--format <name>', 'how to print it (default: terminal)').choices(formats))
    .option('--json', 'the same as --format json')
    .option('-q, --quiet', 'accepted as everywhere; there is no progress to leave out')
    .option('--no-color', 'no colours')
    .addHelpText('after', help)
    .action(planDiff);
}

async function planDiff(before: string, after: string, options: DiffOptions): Promise<void> {
  const { json, format = json ? 'json' : 'terminal' } = options;
  if (json && format !== 'json')
    throw new FxscaleError('USAGE', `--json and --format ${format} ask for different outputs: leave one out`);
  const diff = diffPlans(await readPlan(before), await readPlan(after));
  if (format === 'json') process.stdout.write(`${JSON.stringify(diff, null, 2)}\n`);
  else if (format === 'markdown') process.stdout.write(renderPlanDiffMarkdown(diff));
  else {
    const terminal = process.stdout.isTTY === true;
    const color = options.color && terminal && !process.env.NO_COLOR;
    const width = terminal ? { width: process.stdout.columns } : {};
    process.stdout.write(renderPlanDiff(diff, { color, ...width }));
  }
}
