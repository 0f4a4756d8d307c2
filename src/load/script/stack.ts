import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  GREATEST_LOWER_BOUND,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  TraceMap,
} from '@jridgewell/trace-mapping';
import { shownPath } from '../rewrite/origin.ts';

type Place = { file: string; line: number; column: number };

/** Places in the compiled script, told as places in the user's files. The map is read when first asked. */
export class Stack {
  readonly #source: { map: string; folder: string };
  readonly #filename: string;
  #map: TraceMap | undefined;

  constructor(source: { map: string; folder: string }, filename: string) {
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

  location(line: number, column: number): string | undefined {
    const place = this.#place(line, column, false);
    return place && `${shownPath(place.file)}:${place.line}:${place.column}`;
  }

  /** `    at async fn (fxscale:script-1:2:3)`, or nothing for a frame of the engine. */
  #frame(line: string): string[] {
    const match = /^\s+at (?:(?<name>.*) \()?(?<file>[^()]*):(?<line>\d+):(?<column>\d+)\)?$/.exec(line);
    if (!match?.groups) return [];
    const { name: full = '', file } = match.groups;
    if (file?.replace(/^async /, '') !== this.#filename) return [];
    const isAsync = line.includes('at async ');
    const place = this.#place(Number(match.groups.line), Number(match.groups.column), isAsync);
    if (!place) return [];
    const where = `${pathToFileURL(place.file)}:${place.line}:${place.column}`;
    const name = full.replace(/^async /, '');
    return [name === '' ? `    at ${where}` : `    at ${name} (${where})`];
  }

  /** Where something awaited is, is the place after `await`, which only the rewritten code has. */
  #place(line: number, column: number, isAwait: boolean): Place | undefined {
    this.#map ??= new TraceMap(this.#source.map);
    const bias = isAwait ? LEAST_UPPER_BOUND : GREATEST_LOWER_BOUND;
    const found = originalPositionFor(this.#map, { line, column: column - 1, bias });
    if (found.source === null) return undefined;
    return {
      file: path.resolve(this.#source.folder, found.source),
      line: found.line,
      column: found.column + 1,
    };
  }
}
