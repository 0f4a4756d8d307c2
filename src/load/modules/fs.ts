import path from 'node:path';
import { FileRefusal } from '../opened-files.ts';
import type { VU } from '../vu.ts';
import { resolvePath, scriptFolder } from './paths.ts';

const SeekMode = { Start: 0, Current: 1, End: 2 } as const;

/** An error by one of the names that k6 gives those of this module. */
function fileError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

const typeError = (message: string) => fileError('TypeError', message);

/** A file that a script has open: the bytes are shared by all virtual users, the place in them is its own. */
export class ScriptFile {
  readonly path: string;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(file: string, bytes: Uint8Array) {
    this.path = file;
    this.#bytes = bytes;
  }

  /** Reads everything that is left, for the engine's own modules. */
  static takeRest(file: ScriptFile): Uint8Array {
    const rest = file.#bytes.subarray(file.#at);
    file.#at = file.#bytes.length;
    return rest;
  }

  // Own properties, as in k6: they can be taken off the object, and are listed.
  stat = async (): Promise<{ name: string; size: number }> => ({
    name: path.basename(this.path),
    size: this.#bytes.length,
  });

  /** Fills `into` from the current place; the number of bytes, or null at the end. */
  read = async (into?: unknown): Promise<number | null> => {
    if (into === undefined || into === null)
      throw typeError('read() failed; reason: into argument cannot be null or undefined');
    if (!(into instanceof Uint8Array))
      throw typeError('read() failed; reason: into argument must be a Uint8Array');
    // k6 fills the whole buffer, of whatever part `into` is a view.
    const target = new Uint8Array(into.buffer);
    if (target.length === 0) return 0;
    const part = this.#bytes.subarray(this.#at, this.#at + target.length);
    if (part.length === 0) return null;
    target.set(part);
    this.#at += part.length;
    return part.length;
  };

  /** Moves to `offset` from where `whence` says; the new place. */
  seek = async (offset?: unknown, whence?: unknown): Promise<number> => {
    const by = integer(offset, 'offset');
    if (whence === undefined || whence === null)
      throw typeError('seek() failed; reason: the whence argument cannot be null or undefined');
    const to = this.#target(by, whence);
    if (to < 0) throw typeError('seeking before start of file');
    if (to > this.#bytes.length) throw typeError('seeking beyond end of file');
    this.#at = to;
    return to;
  };

  #target(by: number, whence: unknown): number {
    switch (whence) {
      case SeekMode.Start:
        if (by < 0) throw typeError('offset cannot be negative when using SeekModeStart');
        return by;
      case SeekMode.Current:
        return this.#at + by;
      case SeekMode.End:
        if (by > 0) throw typeError('offset cannot be positive when using SeekModeEnd');
        // k6 counts from the last byte.
        return this.#bytes.length - 1 + by;
      default:
        throw typeError('seek() failed; reason: the whence argument must be a SeekMode');
    }
  }
}

function integer(value: unknown, name: string): number {
  if (value === undefined || value === null)
    throw typeError(`seek() failed; reason: the ${name} argument cannot be null or undefined`);
  if (!Number.isInteger(value))
    throw typeError(`seek() failed; reason: the ${name} argument must be a number`);
  return Number(value);
}

/** `k6/experimental/fs` for one VU. */
export function fsModule(vu: VU): Record<string, unknown> {
  async function open(given?: unknown): Promise<ScriptFile> {
    if (vu.initialised)
      throw fileError(
        'ForbiddenError',
        'open() failed; reason: opening a file is allowed only in the Init context',
      );
    if (given === undefined || given === null)
      throw typeError('open() failed; reason: path cannot be null or undefined');
    if (given === '') throw typeError('open() failed; reason: path cannot be empty');
    const file = resolvePath(String(given), scriptFolder(vu));
    try {
      return new ScriptFile(file, vu.session.files.read(file));
    } catch (error) {
      throw error instanceof FileRefusal ? refusalOf(error) : error;
    }
  }
  return { open, SeekMode };
}

function refusalOf({ reason, path: file }: FileRefusal): Error {
  switch (reason) {
    case 'missing':
      return fileError('NotFoundError', `no such file or directory "${file}"`);
    case 'folder':
      return fileError('InvalidResourceError', `cannot open "${file}": opening a directory is not supported`);
    case 'denied':
      return fileError('InternalError', `cannot open "${file}": permission denied`);
    case 'unknown':
      return fileError(
        '',
        `open() failed, unable to verify if "${file}" exists; reason: path never requested before`,
      );
  }
}
