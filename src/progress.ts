import type { LogFields, LogLevel, ScriptLog } from './load/console.ts';
import { logfmt } from './load/console.ts';
import type { Progress } from './measure.ts';
import { progressLine } from './report/progress-line.ts';

/** Of lines that are the same but for their figures, this many are printed in a second; the rest is counted. */
const SAME_LINES = 10;

/** What a long command says on stderr while it works: log lines, and below them one line that is overwritten. */
export class ProgressDisplay {
  readonly #live: boolean;
  readonly #write: ScriptLog;
  #line = '';
  #second = 0;
  #seen = new Map<string, number>();

  /** `log` is for lines in another form or place than k6's logfmt on stderr; it prints what belongs there itself. */
  constructor(options: { quiet: boolean; log?: ((print: (text: string) => void) => ScriptLog) | undefined }) {
    this.#live = !options.quiet && process.stderr.isTTY === true;
    this.#write =
      options.log?.((text) => this.#above(text)) ??
      ((level, message, fields) => this.#above(logfmt(new Date().toISOString(), level, message, fields)));
  }

  /** Prints a log line. */
  readonly log: ScriptLog = (level: LogLevel, message: string, fields?: LogFields) => {
    // What a script prints is what its author asked for.
    const kind = fields?.error === undefined ? message : `${message}: ${fields.error}`;
    if (fields?.source !== 'console' && this.#tooMany(kind)) return;
    this.#write(level, message, fields);
  };

  /** Prints a line of its own, for a step of the work. */
  step(text: string): void {
    this.#above(`${text}\n`);
  }

  readonly update = (progress: Progress): void => {
    if (!this.#live) return;
    this.#line = progressLine(progress, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r\u001b[2K${this.#line}`);
  };

  /** Takes the overwritten line away. */
  end(): void {
    if (this.#line !== '') process.stderr.write('\r\u001b[2K');
    this.#line = '';
  }

  #above(text: string): void {
    if (this.#line === '') process.stderr.write(text);
    else process.stderr.write(`\r\u001b[2K${text}${this.#line}`);
  }

  /** A target that fails every request must not bury the rest of the output. */
  #tooMany(message: string): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      for (const [kind, count] of this.#seen) {
        if (count > SAME_LINES) this.#write('warning', `${count - SAME_LINES} more like: ${kind}`);
      }
      this.#seen = new Map();
    }
    const kind = message.replace(/\d+/g, 'N').slice(0, 80);
    const count = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, count);
    return count > SAME_LINES;
  }
}
