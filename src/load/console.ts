import { inspect } from './inspect.ts';

/** A line of the log: what k6 prints in logfmt to stderr. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
/** More of a line by name, such as `source: 'console'` or `error: 'Get "...": request timeout'`. */
export type LogFields = Readonly<Record<string, string>>;
export type ScriptLog = (level: LogLevel, message: string, fields?: LogFields) => void;

/** A line in logfmt, with its line feed. `time` is ISO 8601; further fields stand in order of their names, as in k6. */
export function logfmt(time: string, level: LogLevel, message: string, fields: LogFields = {}): string {
  const more = Object.keys(fields)
    .sort()
    .map((name) => ` ${name}=${quoted(fields[name] ?? '')}`);
  // As in k6, which leaves an empty message out.
  const text = message === '' ? '' : ` msg=${quoted(message)}`;
  return `time=${JSON.stringify(time)} level=${level}${text}${more.join('')}\n`;
}

/** Text that is one plain word stands as it is; what cannot be printed is escaped as Go does it. */
function quoted(text: string): string {
  if (/^[\w./@^+-]*$/.test(text)) return text;
  return `"${text.replaceAll(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escaped)}"`;
}

const short: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).padStart(digits, '0');
  if (short[character] !== undefined) return short[character];
  // Half of a pair cannot be written in UTF-8.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  if (code < 0x80) return `\\x${hex(2)}`;
  return code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

/** The `console` that a script sees. */
export function scriptConsole(log: ScriptLog): Record<string, (...values: unknown[]) => void> {
  const at =
    (level: LogLevel) =>
    (...values: unknown[]) =>
      log(level, values.map(inspect).join(' '), { source: 'console' });
  return { log: at('info'), info: at('info'), debug: at('debug'), warn: at('warning'), error: at('error') };
}
