import type { Command } from 'commander';
import { exitCodes } from '../errors.ts';
import { formatFinding, lintScript } from '../load/lint.ts';

type LintOptions = { json?: true; quiet?: true };

const help = `
Exit code 0 without findings, 99 with some: a gate that failed. Errors are what the real k6 refuses, warnings what
it does otherwise.

Examples:
  $ fxscale lint script.js
  $ fxscale lint scenarios/trading.ts --json`;

/** \`fxscale lint\`. */
export function register(program: Command): void {
  program
    .command('lint')
    .argument('<script>', 'a k6 script, .js or .ts')
    .option('--json', 'the findings as one JSON document')
    .option('-q, --quiet', 'only the exit code')
    .option('--no-color', 'no colours (there are none)')
    .addHelpText('after', help)
    .action(async (script: string, options: LintOptions) => {
      process.exitCode = await lint(script, options);
    });
}

async function lint(script: string, options: LintOptions): Promise<number> {
  const findings = await lintScript(script);
  if (options.json) process.stdout.write(`${JSON.stringify({ script, findings })}\n`);
  else if (!options.quiet) for (const each of findings) process.stdout.write(`${formatFinding(each)}\n`);
  return findings.length === 0 ? 0 : exitCodes.THRESHOLDS;
}
