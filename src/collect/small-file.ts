import { closeSync, openSync, readSync } from 'node:fs';

let buffer = Buffer.alloc(16384);

/**
 * A file of `/proc` or of a cgroup: made in memory when it is read, so there is nothing to wait for. Undefined when it
 * is not there, as when its process has just ended, and when it may not be read, of which `denied` is told.
 */
export function readSmall(path: string, denied?: () => void): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return buffer.toString('latin1', 0, fill(file));
  } catch (error) {
    if (isDenied(error)) denied?.();
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Until nothing comes: the kernel hands lists over by the page, however much is asked for. */
function fill(file: number): number {
  let length = 0;
  for (;;) {
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const more = readSync(file, buffer, length, buffer.length - length, null);
    if (more === 0) return length;
    length += more;
  }
}

export function isDenied(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EACCES' || code === 'EPERM';
}
