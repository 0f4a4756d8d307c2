import type { LogFields, LogLevel, ScriptLog } from './load/console.ts';
import { logfmt } from './load/console.ts';
import type { Progress } from './measure.ts';
import { closestLimit, serviceCpu } from './planners/live.ts';
import { progressLine } from './report/progress-line.ts';
import { serviceLine } from './report/service-line.ts';

/** Of lines that are the same but for their figures, this many are printed in a second; the rest is counted. */
const SAME_LINES = 10;

/** What a long command says on stderr while it works: log lines, and below them lines that are overwritten. */
export class ProgressDisplay {
  readonly #live: boolean;
  readonly #write: ScriptLog;
  #lines: readonly string[] = [];
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
    const width = (process.stderr.columns ?? 80) - 1;
    const { rate, p99, samples, cores } = progress;
    const figures = { rate, p99, cpu: serviceCpu(samples, cores), closest: closestLimit(samples) };
    const lines =
      samples.length === 0
        ? [progressLine(progress, width)]
        : [progressLine(progress, width, true), serviceLine(figures, width)];
    this.#above('', lines);
  };

  /** Takes the overwritten lines away. */
  end(): void {
    this.#above('', []);
  }

  /** Prints `text` above the overwritten lines, which become `lines`. */
  #above(text: string, lines = this.#lines): void {
    // From the end of the last line back to the begin of the first.
    const up = this.#lines.map((_, i) => (i === 0 ? '\r\u001b[2K' : '\u001b[1A\u001b[2K')).join('');
    process.stderr.write(`${up}${text}${lines.join('\n')}`);
    this.#lines = lines;
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
