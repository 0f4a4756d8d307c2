import * as fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FxscaleError, messageOf } from './errors.ts';
import { makeFolder } from './folder.ts';
import { parseRun, type Run, type RunLine, serialiseLine } from './run.ts';

/** Appends the lines of a run as they happen. */
export type RunWriter = {
  readonly path: string;
  /**
   * On return the line is with the system: a kill of fxscale loses at most the line being written. Throws OUTPUT when
   * it cannot be written, once; later lines are dropped, and the lines before remain a readable run.
   */
  write(line: RunLine): void;
  close(): void;
};

/**
 * A new run file and the folders it is in. A run that is there already is evidence, and kept unless `replace` is set.
 * Throws OUTPUT when the file exists or cannot be made.
 */
export function createRunWriter(file: string, options: { replace?: boolean } = {}): RunWriter {
  const descriptor = openNew(file, options.replace ?? false);
  let open = true;
  let size = 0;
  return {
    path: file,
    write(line) {
      if (!open) return;
      try {
        size += writeWhole(descriptor, Buffer.from(serialiseLine(line)));
      } catch (cause) {
        open = false;
        cutOff(descriptor, size);
        throw new FxscaleError('OUTPUT', `${file} holds the run only up to here: ${reason(cause)}`, {
          cause,
        });
      }
    },
    close() {
      if (open) fs.closeSync(descriptor);
      open = false;
    },
  };
}

function openNew(file: string, replace: boolean): number {
  try {
    makeFolder(path.dirname(file));
    return fs.openSync(file, replace ? 'w' : 'wx');
  } catch (cause) {
    const why =
      fs.existsSync(file) && !replace
        ? 'it exists already; give another name or remove it first'
        : `${reason(cause)}; give a file in a folder that may be written to`;
    throw new FxscaleError('OUTPUT', `${file} cannot be written: ${why}`, { cause });
  }
}

/** A disk that is almost full takes a part of what it is given, and refuses the next part. */
function writeWhole(descriptor: number, bytes: Buffer): number {
  let written = 0;
  while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written);
  return bytes.length;
}

/** Takes back a line that was written in part. */
function cutOff(descriptor: number, size: number): void {
  try {
    fs.ftruncateSync(descriptor, size);
  } catch {
    // What is left of the line has no line feed, and parseRun drops it.
  }
  fs.closeSync(descriptor);
}

/** The run in `file`. Throws FILE when it is missing, cannot be read, or is not a run. */
export async function readRun(file: string): Promise<Run> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new FxscaleError('FILE', `${file} cannot be read: ${reason(cause)}; give the file of a run`, {
      cause,
    });
  }
  return parseRun(text, file);
}

/** Where a run is kept unless told otherwise: `.fxscale/runs/<UTC time>-<name of the script>.ndjson`. */
export function defaultRunPath(now: Date, script: string): string {
  const time = now.toISOString().replaceAll(/[-:]/g, '').replace('.', '-');
  const name = path
    .parse(script)
    .name.replaceAll(/[^A-Za-z0-9_]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return path.join('.fxscale', 'runs', `${time}-${name || 'run'}.ndjson`);
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the limit on the size of a file is reached',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  ERR_STRING_TOO_LONG: 'it is too large for a run',
  ERR_FS_FILE_TOO_LARGE: 'it is too large for a run',
};

function reason(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return reasons[code] ?? messageOf(thrown);
}
