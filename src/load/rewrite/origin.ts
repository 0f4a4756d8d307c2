import path from 'node:path';
import { decodedMappings, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';

/** Places in a bundle, and where they come from in the user's files. */
export class Origin {
  readonly #map: TraceMap;
  readonly #folder: string;
  readonly #lineStarts: number[] = [0];

  /** `map` is the bundle's source map; its sources are relative to `folder`. */
  constructor(code: string, map: string, folder: string) {
    this.#map = new TraceMap(map);
    this.#folder = folder;
    for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  /** `file:line:column`, all from 1, of an offset into the bundle. */
  place(offset: number): string {
    const { line, column } = this.#lineOf(offset);
    const found = originalPositionFor(this.#map, { line: line + 1, column });
    if (found.source === null) return 'the script';
    return `${shownPath(sourcePath(this.#folder, found.source))}:${found.line}:${found.column + 1}`;
  }

  /** Absolute path of the file that the first mapped character from `start` to `end` comes from. */
  fileOf(start: number, end: number): string | undefined {
    const first = this.#lineOf(start);
    const last = this.#lineOf(end);
    const lines = decodedMappings(this.#map);
    for (let line = first.line; line <= last.line; line++) {
      for (const segment of lines[line] ?? []) {
        if (line === first.line && segment[0] < first.column) continue;
        if (line === last.line && segment[0] >= last.column) return undefined;
        const source = segment.length > 1 ? this.#map.sources[segment[1] ?? -1] : undefined;
        if (source) return sourcePath(this.#folder, source);
      }
    }
    return undefined;
  }

  #lineOf(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low, column: offset - (this.#lineStarts[low] ?? 0) };
  }
}

/** The absolute path, or the URL, of what the bundler calls `source`. */
export function sourcePath(folder: string, source: string): string {
  if (source.startsWith('https://')) return source;
  // Modules that were fetched are in a namespace of their own.
  return source.startsWith('https:https://') ? source.slice('https:'.length) : path.resolve(folder, source);
}

/** Relative to the working directory where that is shorter to read and to click. */
export function shownPath(file: string): string {
  if (file.startsWith('https://')) return file;
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}
