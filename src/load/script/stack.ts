import { pathToFileURL } from 'node:url';
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { shownPath, sourcePath } from '../rewrite/origin.ts';

type Source = { code: string; map: string; folder: string };
type Place = { file: string; line: number; column: number };

/** Places in the compiled script, told as places in the user's files. The map is read when first asked. */
export class Stack {
  readonly #source: Source;
  readonly #filename: string;
  #map: TraceMap | undefined;
  #lines: string[] | undefined;

  constructor(source: Source, filename: string) {
    this.#source = source;
    this.#filename = filename;
  }

  original(error: Error): string {
    const lines = (error.stack ?? String(error)).split('\n');
    const first = lines.findIndex((line) => /^\s+at /.test(line));
    if (first < 0) return lines.join('\n');
    const frames = lines.slice(first).flatMap((line) => this.#frame(line));
    return [...lines.slice(0, first), ...frames].join('\n');
  }

  /** The `stack` that a script reads: as k6 writes it, with a tab before each frame and a line feed after the last. */
  ofValue(value: unknown): unknown {
    const { stack } = value as { stack: unknown };
    if (!(value instanceof Error) || typeof stack !== 'string' || !stack.includes(this.#filename))
      return stack;
    return `${this.original(value).replace(/\n {4}at /g, '\n\tat ')}\n`;
  }

  location(line: number, column: number): string | undefined {
    const place = this.#place(line, column);
    return place && `${shownPath(place.file)}:${place.line}:${place.column}`;
  }

  /** `    at async fn (fxscale:script-1:2:3)`, or nothing for a frame of the engine. */
  #frame(line: string): string[] {
    const match = /^\s+at (?:(?<name>.*) \()?(?<file>[^()]*):(?<line>\d+):(?<column>\d+)\)?$/.exec(line);
    if (!match?.groups) return [];
    const { name: full = '', file } = match.groups;
    if (file?.replace(/^async /, '') !== this.#filename) return [];
    const place = this.#place(Number(match.groups.line), Number(match.groups.column));
    if (!place) return [];
    const where = `${urlOf(place.file)}:${place.line}:${place.column}`;
    const name = plainName(full);
    return [name === '' ? `    at ${where}` : `    at ${name} (${where})`];
  }

  #place(line: number, column: number): Place | undefined {
    this.#map ??= new TraceMap(this.#source.map);
    const found = originalPositionFor(this.#map, { line, column: this.#afterAwait(line, column) });
    if (found.source === null) return undefined;
    return {
      file: sourcePath(this.#source.folder, found.source),
      line: found.line,
      column: found.column + 1,
    };
  }

  /** A frame that waits is at an `await` that only the rewritten code has; the user's text begins after it. */
  #afterAwait(line: number, column: number): number {
    this.#lines ??= this.#source.code.split('\n');
    const inserted = /(?:await |\(|__fx_*\.[\w.]+)*/y;
    inserted.lastIndex = column - 1;
    return column - 1 + (inserted.exec(this.#lines[line - 1] ?? '')?.[0].length ?? 0);
  }
}

/** A function's name as k6 has it: without the object that it was called on, and constructors without any. */
function plainName(full: string): string {
  const name = full
    .replace(/^(?:async|get|set) /, '')
    .replace(/ \[as .*\]$/, '')
    .replace(/^.*\./, '');
  if (full.startsWith('new ') || name === '<anonymous>') return '';
  // What the bundler calls a function that is exported as default without a name.
  return name.replace(/^\w+_default\d*$/, 'default');
}

function urlOf(file: string): string {
  return file.startsWith('https://') ? file : pathToFileURL(file).href;
}
