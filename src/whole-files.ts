import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FxscaleError, messageOf } from './errors.ts';
import { makeFolder } from './folder.ts';

/**
 * Writes files below `folder`, named relative to it, and the folders they are in: each whole or not at all, and none of
 * them when there is no room for all. Returns their paths. Throws OUTPUT.
 */
export async function writeWhole(folder: string, texts: Readonly<Record<string, string>>): Promise<string[]> {
  const files = Object.entries(texts).map(([name, text]) => ({ file: path.join(folder, name), text }));
  const written: string[] = [];
  try {
    makeFolder(folder);
    for (const { file, text } of files) {
      makeFolder(path.dirname(file));
      written.push(temporary(file));
      await writeFile(temporary(file), text);
    }
    for (const { file } of files) await rename(temporary(file), file);
  } catch (cause) {
    await Promise.all(written.map((file) => rm(file, { force: true }).catch(() => undefined)));
    throw unwritable(folder, cause);
  }
  return files.map(({ file }) => file);
}

/** An OUTPUT error for a folder that refused something. */
export function unwritable(folder: string, cause: unknown): FxscaleError {
  const right = 'give a folder that may be written to';
  return new FxscaleError('OUTPUT', `${folder} cannot be written: ${messageOf(cause)}; ${right}`, { cause });
}

function temporary(file: string): string {
  return `${file}.${process.pid}.tmp`;
}
