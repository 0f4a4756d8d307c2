import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { GoError } from '../go-error.ts';
import { FileRefusal } from '../opened-files.ts';
import type { VU } from '../vu.ts';
import { arrayBufferOf } from './bytes.ts';
import { callingFile, folderUrl, resolvePath, scriptFolder } from './paths.ts';

type Open = {
  (given?: unknown, mode?: unknown): string | ArrayBuffer;
  /** The same function for calls while the body of the module in `file`, an absolute path, is running. */
  from(file: string): Open;
};

/**
 * k6's `open` for one VU. A relative path is taken from the file whose module body is running, not from the one that
 * the call stands in, which k6 warns of where it makes a difference.
 */
export function scriptOpen(vu: VU): Open {
  return openFrom(vu, undefined);
}

function openFrom(vu: VU, module: string | undefined): Open {
  const open = (given?: unknown, mode?: unknown) => {
    if (vu.initialised) throw new GoError(onlyInInit);
    const name = given === undefined || given === null ? '' : String(given);
    if (name === '') throw new GoError("open() can't be used with an empty filename");
    const bytes = read(vu, pathOf(vu, name, module));
    if (mode === 'b') return arrayBufferOf(bytes);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  };
  return Object.assign(open, { from: (module: string) => openFrom(vu, module) });
}

const onlyInInit =
  'the "open" function is only available in the init stage (i.e. the global scope), see https://grafana.com/docs/k6/latest/using-k6/test-lifecycle/ for more information';

function pathOf(vu: VU, name: string, module: string | undefined): string {
  const folder = module === undefined ? scriptFolder(vu) : path.dirname(module);
  const resolved = resolvePath(name, folder);
  const caller = vu.id === 0 && !path.isAbsolute(name) ? callingFile(vu) : undefined;
  if (caller !== undefined && resolvePath(name, path.dirname(caller)) !== resolved) {
    vu.session.log('warning', relativeWarning(folderUrl(folder), String(pathToFileURL(caller))));
  }
  return resolved;
}

function relativeWarning(folder: string, caller: string): string {
  return [
    `open() was used and is currently relative to '${folder}', but in the future it will be aligned with how`,
    `\`require\` and imports work and will be relative to '${caller}'. This means that in the future open will open`,
    'relative path relative to the module/file it is written in. You can future proof this by using',
    '`import.meta.resolve()` to get relative paths to the file it is written in the current k6 version.',
  ].join(' ');
}

function read(vu: VU, resolved: string): Uint8Array {
  try {
    return vu.session.files.read(resolved, vu.script?.files.includes(resolved));
  } catch (error) {
    throw error instanceof FileRefusal ? new GoError(messageOf(error)) : error;
  }
}

function messageOf({ reason, path: file }: FileRefusal): string {
  switch (reason) {
    case 'missing':
      return `stat ${file}: no such file or directory`;
    case 'folder':
      return `open() can't be used with directories, path: "${file}"`;
    case 'denied':
      return `open ${file}: permission denied`;
    case 'unknown':
      return `open() can't be used with files that weren't previously opened during initialization (__VU==0), path: "${file}"`;
  }
}
