/** A line of the log: what k6 prints in logfmt to stderr. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';
export type ScriptLog = (level: LogLevel, message: string, source?: 'console') => void;

/** A line in logfmt, with its line feed. `time` is ISO 8601. */
export function logfmt(time: string, level: LogLevel, message: string, source?: string): string {
  const suffix = source === undefined ? '' : ` source=${source}`;
  return `time=${JSON.stringify(time)} level=${level} msg=${quoted(message)}${suffix}\n`;
}

/** Text that is one plain word stands as it is. */
function quoted(text: string): string {
  return /^[\w./:@^+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** The `console` that a script sees. */
export function scriptConsole(log: ScriptLog): Record<string, (...values: unknown[]) => void> {
  const at =
    (level: LogLevel) =>
    (...values: unknown[]) =>
      log(level, values.map(text).join(' '), 'console');
  return { log: at('info'), info: at('info'), debug: at('debug'), warn: at('warning'), error: at('error') };
}

/** A value as k6 prints it: objects as JSON, errors by name and message, functions not at all. */
function text(value: unknown): string {
  if (typeof value === 'function') return '[object Function]';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Error) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    // Circular, or a toJSON that throws: a log line must not end an iteration.
    return String(value);
  }
}
