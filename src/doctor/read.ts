import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A file of the system's, such as `/proc/mounts`, by its text; undefined where there is none or it may not be read. */
export type ReadSystem = (file: string) => string | undefined;

/** Reads below `root`: the machine's own `/`, or a copy of another machine's files. */
export function systemAt(root: string): ReadSystem {
  return (file) => {
    try {
      return readFileSync(path.join(root, file), 'utf8');
    } catch {
      // That it cannot be read is the answer: another system, or a container that hides it.
      return undefined;
    }
  };
}

/** The whole numbers in a file of one line, such as `32768	60999`; undefined when it holds anything else. */
export function numbersIn(text: string | undefined): number[] | undefined {
  if (text === undefined || !/^\s*-?\d+(?:\s+-?\d+)*\s*$/.test(text)) return undefined;
  return text.trim().split(/\s+/).map(Number);
}
