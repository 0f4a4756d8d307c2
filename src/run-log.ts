import { appendFileSync, closeSync, openSync } from 'node:fs';
import { FxscaleError, messageOf } from './errors.ts';
import { type LogFields, type LogLevel, logfmt, type ScriptLog } from './load/console.ts';
import { maskSecrets } from './load/masking.ts';
import { instantNow, rfc3339 } from './load/outputs/instant.ts';
import { colouredLine } from './report/log-line.ts';

type Format = (typeof formats)[number];
const formats = ['text', 'json', 'raw'] as const;
const levels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

export type LogSettings = {
  readonly format: Format;
  /** A file that begins with the place of the log; `-` is where progress is shown, too. */
  readonly output: '-' | 'stdout' | 'none' | { readonly file: string };
  /** Lines below this level are left out. */
  readonly level: LogLevel;
  /** A file for what the script logs; empty for the log itself. */
  readonly consoleOutput: string;
  /** k6's short coloured lines. */
  readonly terminal: boolean;
};

/** `--log-format`, `--log-output` and `--console-output`, or the variables of the same name. Throws USAGE. */
export function readLogSettings(
  flags: { logFormat?: string; logOutput?: string; verbose?: true },
  consoleOutput: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): LogSettings {
  const formatText = flags.logFormat || env.K6_LOG_FORMAT || 'text';
  const format = formats.find((one) => one === formatText);
  if (format === undefined)
    throw new FxscaleError(
      'USAGE',
      `--log-format ${JSON.stringify(formatText)}: it must be text, json or raw`,
    );
  const lowest: LogLevel = flags.verbose ? 'debug' : 'info';
  const place = placeOf(flags.logOutput || env.K6_LOG_OUTPUT || 'stderr', lowest);
  return {
    ...place,
    format,
    consoleOutput: consoleOutput || env.K6_CONSOLE_OUTPUT || '',
    terminal: terminal && place.output === '-' && format === 'text',
  };
}

function placeOf(text: string, level: LogLevel): Pick<LogSettings, 'output' | 'level'> {
  if (text === 'stderr') return { output: '-', level };
  if (text === 'stdout' || text === 'none') return { output: text, level };
  const [, file = '', options = ''] = /^file=([^,]*)(?:,(.*))?$/s.exec(text) ?? [];
  const [, wanted] = /^level=(.*)$/.exec(options) ?? [];
  const found = wanted === undefined ? level : levels.find((one) => one === wanted || one === `${wanted}ing`);
  if (file === '' || found === undefined || (options !== '' && wanted === undefined)) {
    throw new FxscaleError(
      'USAGE',
      `--log-output ${JSON.stringify(text)}: write stderr, stdout, none or file=PATH, with ,level=warning if you like`,
    );
  }
  return { output: { file }, level: found };
}

/** Where log lines go. Those that belong above the progress are handed to `print`; the rest is written here. */
export class RunLog {
  readonly #settings: LogSettings;
  readonly #print: (text: string) => void;
  readonly #started = performance.now();
  readonly #file: number | undefined;
  readonly #console: number | undefined;

  /** Throws OUTPUT when a file cannot be written. */
  constructor(settings: LogSettings, print: (text: string) => void) {
    this.#settings = settings;
    this.#print = print;
    this.#file = typeof settings.output === 'object' ? open(settings.output.file) : undefined;
    this.#console = settings.consoleOutput === '' ? undefined : open(settings.consoleOutput);
  }

  readonly log: ScriptLog = (level, message, fields = {}) => {
    const { output } = this.#settings;
    if (levels.indexOf(level) < levels.indexOf(this.#settings.level)) return;
    if (fields.source === 'console' && this.#console !== undefined) {
      // k6 leaves out what is plain: everything in this file is from the console.
      const { source: _, ...rest } = fields;
      appendFileSync(this.#console, this.#line(level, message, rest));
    } else if (output === '-') this.#print(this.#line(level, message, fields));
    else if (output === 'stdout') process.stdout.write(this.#line(level, message, fields));
    else if (this.#file !== undefined) appendFileSync(this.#file, this.#line(level, message, fields));
  };

  close(): void {
    for (const file of [this.#file, this.#console]) if (file !== undefined) closeSync(file);
  }

  #line(level: LogLevel, given: string, givenFields: LogFields): string {
    const message = maskSecrets(given);
    const masked = Object.entries(givenFields).map(([name, text]) => [name, maskSecrets(text)] as const);
    const fields: LogFields = Object.fromEntries(masked);
    if (this.#settings.format === 'raw') return `${message}\n`;
    if (this.#settings.terminal)
      return colouredLine((performance.now() - this.#started) / 1000, level, message, fields);
    const time = rfc3339(instantNow());
    if (this.#settings.format === 'text') return logfmt(time, level, message, fields);
    const object = { ...fields, level, msg: message, time };
    return `${JSON.stringify(Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))))}\n`;
  }
}

function open(file: string): number {
  try {
    return openSync(file, 'a');
  } catch (cause) {
    throw new FxscaleError('OUTPUT', `${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
