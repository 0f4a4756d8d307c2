import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { VU } from '../vu.ts';

/** The folder of the script that was run, or where the command was given when there is none. */
export function scriptFolder(vu: VU): string {
  const [main] = vu.script?.files ?? [];
  return main === undefined ? process.cwd() : path.dirname(main);
}

/** The absolute path that a script means by `given`. */
export function resolvePath(given: string, folder: string): string {
  return given.startsWith('file://') ? fileURLToPath(given) : path.resolve(folder, given);
}

/** A folder as k6 names it in messages. */
export function folderUrl(folder: string): string {
  return `${pathToFileURL(folder)}/`;
}

/** The file of the script's function that called into the engine; undefined when no code of a script is running. */
export function callingFile(vu: VU): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const error = new Error();
  Error.stackTraceLimit = limit;
  const frames =
    vu.script?.originalStack(error).matchAll(/^\s+at (?:.* \()?(?<url>file:.*):\d+:\d+\)?$/gm) ?? [];
  for (const { groups } of frames) if (groups?.url !== undefined) return fileURLToPath(groups.url);
  return undefined;
}
