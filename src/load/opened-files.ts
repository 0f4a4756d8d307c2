import { readFileSync, statSync } from 'node:fs';

/** A file's bytes in memory that all threads share, or why it could not be read. */
export type FileContents = SharedArrayBuffer | FileRefusal['reason'];

/**
 * The files that scripts open while they are initialised, each read once for all virtual users. Once sealed, only
 * those can be had: what a test needs is known after its first initialisation.
 */
export class OpenedFiles {
  readonly #contents: Map<string, FileContents>;
  readonly #sealed: boolean;

  /** `known` are the contents by absolute path that the first initialisation opened. */
  constructor(known?: ReadonlyMap<string, FileContents>) {
    this.#contents = new Map(known);
    this.#sealed = known !== undefined;
  }

  get contents(): ReadonlyMap<string, FileContents> {
    return this.#contents;
  }

  /** The bytes of the file at the absolute `path`, at any time if it `isOwn`, part of the script. Throws a FileRefusal. */
  read(path: string, isOwn = false): Uint8Array {
    let contents = this.#contents.get(path);
    if (contents === undefined) {
      contents = this.#sealed && !isOwn ? 'unknown' : readContents(path);
      this.#contents.set(path, contents);
    }
    if (typeof contents === 'string') throw new FileRefusal(contents, path);
    return new Uint8Array(contents);
  }
}

/** Why a file cannot be opened; each of k6's modules has its own words for it. */
export class FileRefusal extends Error {
  readonly reason: 'missing' | 'folder' | 'denied' | 'unknown';
  readonly path: string;

  constructor(reason: FileRefusal['reason'], path: string) {
    super(`${path}: ${reason}`);
    this.reason = reason;
    this.path = path;
  }
}

function readContents(path: string): FileContents {
  try {
    if (statSync(path).isDirectory()) return 'folder';
    const bytes = readFileSync(path);
    const shared = new SharedArrayBuffer(bytes.length);
    new Uint8Array(shared).set(bytes);
    return shared;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'denied';
  }
}
