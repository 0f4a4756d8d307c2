import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { FxscaleError, messageOf } from './errors.ts';
import { type OptionLayers, optionsFromEnv } from './load/options.ts';
import { type Destination, readDestination } from './load/outputs/destinations.ts';
import type { K6RunFlags } from './run-flags.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What a run is told besides the script: by flags, by `K6_*` variables, by the config file. */
export type RunSettings = {
  readonly layers: Omit<OptionLayers, 'script'>;
  /** `__ENV`. */
  readonly env: Record<string, string>;
  readonly outputs: readonly Destination[];
  readonly noThresholds: boolean;
  readonly summaryExport: string | undefined;
  readonly machineReadable: boolean;
  readonly secretSources: readonly string[];
};

/** `options` are those among the flags. Throws USAGE, and SCRIPT_OPTIONS for a config file that cannot be read. */
export function runSettings(
  flags: K6RunFlags,
  options: Readonly<Record<string, unknown>>,
  env: Env,
): RunSettings {
  const { config, given } = readConfig(flags.config ?? (env.K6_CONFIG || undefined), env);
  const out = [flags.out, listOf(env.K6_OUT), given.out].find((list) => list.length > 0) ?? [];
  const sources = flags.secretSource.length > 0 ? flags.secretSource : listOf(env.K6_SECRET_SOURCE);
  return {
    layers: { config, env: optionsFromEnv(env), flags: options },
    env: { ...(withSystem(flags, env) ? strings(env) : {}), ...flags.env },
    outputs: out.map((text) => readDestination(text, env)),
    noThresholds: !flags.thresholds || truth(env, 'K6_NO_THRESHOLDS', false),
    summaryExport: flags.summaryExport ?? (env.K6_SUMMARY_EXPORT || undefined),
    machineReadable:
      flags.newMachineReadableSummary === true || truth(env, 'K6_NEW_MACHINE_READABLE_SUMMARY', false),
    secretSources: sources,
  };
}

function withSystem({ includeSystemEnvVars: flag }: K6RunFlags, env: Env): boolean {
  if (flag === false || flag === 'false') return false;
  return truth(env, 'K6_INCLUDE_SYSTEM_ENV_VARS', true);
}

function truth(env: Env, name: string, fallback: boolean): boolean {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  if (text !== 'true' && text !== 'false')
    throw new FxscaleError('SCRIPT_OPTIONS', `${name} is ${JSON.stringify(text)}: it must be true or false`);
  return text === 'true';
}

function listOf(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : [text];
}

/** The file that k6 itself reads when none is named; a user of both tools gets the same results from both. */
function defaultConfig(env: Env): string {
  return path.join(env.XDG_CONFIG_HOME || path.join(homedir(), '.config'), 'k6', 'config.json');
}

/** Options from the JSON file, and among them the outputs. The default file need not be there. */
function readConfig(file: string | undefined, env: Env): { config: unknown; given: { out: string[] } } {
  const where = file ?? defaultConfig(env);
  let text: string;
  try {
    text = readFileSync(where, 'utf8');
  } catch (cause) {
    if (file === undefined) return { config: undefined, given: { out: [] } };
    throw new FxscaleError('SCRIPT_OPTIONS', `--config ${where} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new FxscaleError('SCRIPT_OPTIONS', `--config ${where} is not JSON: ${messageOf(cause)}`, { cause });
  }
  const out: unknown = typeof config === 'object' && config !== null && 'out' in config ? config.out : [];
  if (!Array.isArray(out) || !out.every((one) => typeof one === 'string'))
    throw new FxscaleError(
      'SCRIPT_OPTIONS',
      `--config ${where}: out must be a list such as ["json=run.json"]`,
    );
  return { config, given: { out } };
}

function strings(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
