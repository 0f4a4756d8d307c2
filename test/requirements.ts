import { spawnSync } from 'node:child_process';

/** Commands that some suites need and that not every machine has, and how each shows that it is there. */
const probes: Record<string, [command: string, args: string[]]> = {
  k6: [process.env.K6_BIN ?? 'k6', ['version']],
};

/**
 * Why the suites that need `name` cannot run here, or undefined when they can. Throws when FXSCALE_REQUIRE, a list
 * separated by commas, says that it must be there.
 */
export function missing(name: keyof typeof probes): string | undefined {
  const [command, args] = probes[name] ?? [name, []];
  if (spawnSync(command, args).status === 0) return undefined;
  const required = (process.env.FXSCALE_REQUIRE ?? '').split(',');
  if (required.includes(name))
    throw new Error(`FXSCALE_REQUIRE names ${name}, and \`${command}\` does not run here`);
  return `skipped: \`${command}\` is not installed`;
}
