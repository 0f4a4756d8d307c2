import type { Command } from 'commander';
import { writeStarter } from '../starter.ts';

type InitOptions = { dir: string; force?: true; json?: true; quiet?: true };

const help = `
Writes fxscale.yaml with every key commented out, scenarios/load.ts for fxscale and k6, and
.github/workflows/capacity.yml.

Examples:
  $ fxscale init
  $ fxscale init --dir services/orders --force`;

/** \`fxscale init\`. */
export function register(program: Command): void {
  program
    .command('init')
    .option('--dir <folder>', 'where to write', '.')
    .option('--force', 'write over what is there')
    .option('--json', 'what was written, as one JSON document')
    .option('-q, --quiet', 'say nothing')
    .option('--no-color', 'no colours (there are none)')
    .addHelpText('after', help)
    .action(init);
}

async function init({ dir, force, json, quiet }: InitOptions): Promise<void> {
  const written = await writeStarter(dir, force === true);
  if (json) process.stdout.write(`${JSON.stringify({ folder: dir, written })}\n`);
  else if (!quiet) process.stdout.write(`Written:\n${written.map((file) => `  ${file}\n`).join('')}${next}`);
}

const next = `Try them on the reference platform (fxscale serve), or on your own service:
  fxscale run scenarios/load.ts --collect http://127.0.0.1:3000/metrics --save run.ndjson
  fxscale plan run.ndjson --peak 1000/s
`;
