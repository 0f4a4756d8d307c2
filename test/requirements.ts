import { spawnSync } from 'node:child_process';
import { findKafka } from '../tools/services/kafka.mjs';
import { redisServer } from '../tools/services/redis.mjs';

function withoutCommand(command: string, args: string[]): string | undefined {
  return spawnSync(command, args).status === 0 ? undefined : `\`${command}\` is not installed`;
}

/** What some suites need and not every machine has, and the reason why each is not here. */
const reasons = {
  k6: () => withoutCommand(process.env.K6_BIN ?? 'k6', ['version']),
  redis: () => withoutCommand(redisServer(), ['--version']),
  kafka: () => findKafka().reason,
  prometheus: () => withoutCommand('prometheus', ['--version']),
  kubectl: () => withoutCommand('kubectl', ['version', '--client']),
} satisfies Record<string, () => string | undefined>;

/**
 * Why the suites that need `name` cannot run here, or undefined when they can. Throws when FXSCALE_REQUIRE, a list
 * separated by commas, says that it must be there.
 */
export function missing(name: keyof typeof reasons): string | undefined {
  const reason = reasons[name]();
  if (reason === undefined) return undefined;
  const required = (process.env.FXSCALE_REQUIRE ?? '').split(',');
  if (required.includes(name)) throw new Error(`FXSCALE_REQUIRE names ${name}, and ${reason}`);
  return `skipped: ${reason}`;
}
