import { existsSync, readFileSync } from 'node:fs';
import type { Command, Option } from 'commander';
import type { Config, Setting } from './config.ts';
import { FxscaleError, messageOf } from './errors.ts';

/** The file that is read when it is in the current folder. */
export const CONFIG_FILE = 'fxscale.yaml';
/** Names another, or `none`; `fxscale run` has a --config of k6, and only this. */
const VARIABLE = 'FXSCALE_CONFIG';

/** The commands that some key is for, besides `run`. The keys themselves are loaded only when there is a file. */
export const configured: readonly string[] = [
  'plan',
  'simulate',
  'tune',
  'traffic',
  'model',
  'probe',
  'doctor',
  'serve',
];

type Env = Readonly<Record<string, string | undefined>>;

/** Lets the commands of `root` take from fxscale.yaml what their flags leave open. */
export function takeConfig(root: Command): void {
  for (const command of root.commands.flatMap((each) => [each, ...each.commands])) {
    if (command.options.length > 0 && configured.includes(command.name()))
      command.option('--config <file>', `settings, which flags win over, or none (default: ${CONFIG_FILE})`);
  }
  root.hook('preAction', (_root, command) => configure(command, process.env));
}

/** Where the options of `command` come from that are not defaults: `flag`, or file, line and column. */
export function originsOf(command: Command): Record<string, string> {
  return Object.fromEntries(
    command.options.flatMap((option): [string, string][] => {
      const source = command.getOptionValueSource(option.attributeName());
      if (source === undefined || source === 'default') return [];
      return [[option.attributeName(), source === 'cli' ? 'flag' : source]];
    }),
  );
}

async function configure(command: Command, env: Env): Promise<void> {
  if (command.name() !== 'run' && !configured.includes(command.name())) return;
  const named = command.name() === 'run' ? undefined : command.opts<{ config?: string }>().config;
  const file = named ?? (env[VARIABLE] || (existsSync(CONFIG_FILE) ? CONFIG_FILE : 'none'));
  if (file === 'none') return;
  const { fillIn, parseConfig } = await import('./config.ts');
  const { settings }: Config = parseConfig(read(file), file);
  const taken = settings.filter((setting) => apply(command, setting, env, fillIn));
  if (taken.length > 0 && process.stderr.isTTY === true && !command.opts<{ quiet?: true }>().quiet)
    process.stderr.write(`from ${file}: ${taken.map(({ name }) => name).join(', ')}\n`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const right = 'name a config, or none; fxscale init writes one';
    throw new FxscaleError('FILE', `${file} cannot be read: ${messageOf(cause)}: ${right}`, { cause });
  }
}

/** Whether `command` takes the setting. */
function apply(
  command: Command,
  setting: Setting,
  env: Env,
  fillIn: (text: string, env: Env, setting: Setting) => string,
): boolean {
  const { key, name, where } = setting;
  const verb = verbOf(command);
  const option = command.options.find(({ long }) => long !== undefined && long === key.flags[verb]);
  if (option === undefined) return false;
  const attribute = option.attributeName();
  const given = command.getOptionValueSource(attribute) === 'cli';
  if ((given && !key.joins) || key.unless?.some((each) => isGiven(command, each, env))) return false;
  const texts = (key.take?.[verb]?.(setting.texts) ?? setting.texts).map((text) =>
    key.secret ? fillIn(text, env, setting) : text,
  );
  if (texts.length === 0) return false;
  try {
    const start: unknown = given ? command.getOptionValue(attribute) : option.defaultValue;
    const value = texts.reduce((before, text) => parsed(option, text, before), start);
    command.setOptionValueWithSource(attribute, value, given ? 'cli' : where);
  } catch (cause) {
    throw new FxscaleError('FILE', `${where}: ${name}: ${messageOf(cause)}`, { cause });
  }
  return true;
}

function parsed(option: Option, text: string, before: unknown): unknown {
  if (!option.required && !option.optional) return text === 'true';
  return option.parseArg ? option.parseArg(text, before) : text;
}

/** The word behind `fxscale`. */
function verbOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? verbOf(parent) : command.name();
}

/** `--flag`, `--flag=value`, or `$VARIABLE`. */
function isGiven(command: Command, what: string, env: Env): boolean {
  if (what.startsWith('$')) return Boolean(env[what.slice(1)]);
  const [flag, value] = what.split('=');
  const option = command.options.find(({ long }) => long === flag);
  if (option === undefined || command.getOptionValueSource(option.attributeName()) !== 'cli') return false;
  return value === undefined || command.getOptionValue(option.attributeName()) === value;
}
