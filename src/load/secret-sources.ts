import { readFileSync } from 'node:fs';
import { FxscaleError, messageOf } from '../errors.ts';

/** One place that `k6/secrets` takes secrets from. */
export type SecretSource = {
  readonly name: string;
  readonly isDefault: boolean;
  readonly secrets: Readonly<Record<string, string>>;
};

const DEFAULT_PREFIX = 'FXSCALE_SECRET_';

/**
 * The sources that `--secret-source` names, as k6 reads it: `mock=key=value,key=value` or `file=path`, each with
 * `name=NAME` and `default` among the parts, for which there is one more type here: `env=PREFIX` takes the variables of
 * `environment` whose names begin so, without the prefix, which is FXSCALE_SECRET_ when not given. A single source is the default one. Throws SCRIPT_OTHER.
 */
export function secretSources(
  configurations: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): SecretSource[] {
  const sources: SecretSource[] = [];
  for (const configuration of configurations) {
    const source = sourceOf(configuration, environment);
    if (sources.some(({ name }) => name === source.name)) {
      throw refused(
        `secret source for name "${source.name}" already registered before configuration "${configuration}"`,
      );
    }
    if (source.isDefault && sources.some(({ isDefault }) => isDefault)) {
      throw refused(`can't have two secret sources that are default ones, second one was "${configuration}"`);
    }
    sources.push(source);
  }
  const [only] = sources;
  return sources.length === 1 && only !== undefined ? [{ ...only, isDefault: true }] : sources;
}

function refused(message: string, options?: ErrorOptions): FxscaleError {
  return new FxscaleError('SCRIPT_OTHER', `--secret-source: ${message}`, options);
}

function sourceOf(
  configuration: string,
  environment: Readonly<Record<string, string | undefined>>,
): SecretSource {
  const [type, rest] = split(configuration);
  const parts = rest === undefined ? [''] : rest.split(',');
  const name = parts.findLast((part) => part.startsWith('name='))?.slice('name='.length);
  const own = parts.filter((part) => part !== 'default' && !part.startsWith('name='));
  return {
    name: name ?? type,
    isDefault: parts.includes('default'),
    secrets: Object.fromEntries(secretsOf(type, own.join(','), configuration, environment)),
  };
}

function secretsOf(
  type: string,
  config: string,
  configuration: string,
  environment: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  switch (type) {
    case 'mock':
      return config.split(',').map(pair);
    case 'file':
      return linesOf(config.replace(/^filename=/, '')).map(pair);
    case 'env':
      return variablesOf(config === '' ? DEFAULT_PREFIX : config, environment);
    default:
      throw refused(
        `no secret source for type "${type}" for configuration "${configuration}": give mock=KEY=VALUE, file=PATH or env=PREFIX`,
      );
  }
}

function variablesOf(
  prefix: string,
  environment: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  return Object.entries(environment).flatMap(([key, value]): [string, string][] =>
    key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), value]] : [],
  );
}

function linesOf(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/);
    // The line end of the last line begins no other.
    return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
  } catch (cause) {
    throw refused(`cannot read the secrets in "${path}": ${messageOf(cause)}`, { cause });
  }
}

function pair(text: string): [string, string] {
  const [key, value] = split(text);
  if (value === undefined) throw refused(`parsing ${JSON.stringify(text)}, needs =`);
  return [key, value];
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
