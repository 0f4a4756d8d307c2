import { messageOf } from '../../errors.ts';
import { BareError, GoError } from '../go-error.ts';
import { encodeShared, sharedView } from '../shared-array.ts';
import type { VU } from '../vu.ts';
import { CsvRecords } from './csv-records.ts';
import { ScriptFile } from './fs.ts';

type Options = {
  delimiter: string;
  skipFirstLine: boolean;
  fromLine: number;
  /** The last record by index, of which the first is 0; 0 for all. */
  toLine: number;
  asObjects: boolean;
};

type CsvRow = string[] | Record<string, string>;

/** Throws with k6's reason, which follows what was tried in the message. */
function readOptions(given: unknown): Options {
  const from = given as Record<string, unknown>;
  const options = {
    delimiter: from.delimiter === undefined ? ',' : String(from.delimiter),
    skipFirstLine: Boolean(from.skipFirstLine),
    fromLine: Math.trunc(Number(from.fromLine ?? 0)) || 0,
    toLine: Math.trunc(Number(from.toLine ?? 0)) || 0,
    asObjects: Boolean(from.asObjects),
  };
  if (Buffer.byteLength(options.delimiter) !== 1) throw new Error('delimiter must be a single character');
  const isRange = from.fromLine !== undefined && from.toLine !== undefined;
  if (isRange && options.fromLine >= options.toLine)
    throw new Error('fromLine must be less than or equal to toLine');
  return options;
}

/** The rows that `options` ask for, one at a time. */
class CsvRows {
  readonly #records: CsvRecords;
  readonly #last: number;
  readonly #header: string[] | undefined;
  #index = 0;

  /** Throws with k6's reason. */
  constructor(bytes: Uint8Array, options: Options) {
    const { asObjects, fromLine, toLine, skipFirstLine } = options;
    for (const name of ['fromLine', 'toLine'] as const) {
      if (options[name] < 0)
        throw new Error(`the '${name}' option must be greater than or equal to 0; got ${options[name]}`);
    }
    const header = "the 'header' option cannot be enabled when";
    if (asObjects && skipFirstLine) throw new Error(`${header} 'skipFirstLine' is true`);
    if (asObjects && fromLine > 0) throw new Error(`${header} 'fromLine' is set to a value greater than 0`);
    this.#records = new CsvRecords(bytes, options.delimiter);
    this.#last = toLine === 0 ? Number.POSITIVE_INFINITY : toLine;
    if (asObjects) this.#header = this.#skip('read the first line');
    else if (fromLine > 0) while (this.#index < fromLine) this.#skip(`skip lines until line ${fromLine}`);
    else if (skipFirstLine) this.#skip('skip the first line');
  }

  #skip(what: string): string[] {
    let record: string[] | undefined;
    try {
      record = this.#records.next();
    } catch (cause) {
      throw new Error(`failed to ${what}; reason: ${messageOf(cause)}`, { cause });
    }
    if (record === undefined) throw new Error(`failed to ${what}; reason: EOF`);
    this.#index++;
    return record;
  }

  next(): CsvRow | undefined {
    if (this.#index > this.#last) return undefined;
    const record = this.#records.next();
    this.#index++;
    if (record === undefined || this.#header === undefined) return record;
    return Object.fromEntries(this.#header.map((name, at) => [name, record[at] ?? '']));
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new GoError(`${what}; reason: ${messageOf(cause)}`, { cause });
  }
}

function fileOf(given: unknown): ScriptFile {
  if (given instanceof ScriptFile) return given;
  if (typeof given === 'object')
    throw new GoError('failed to create a new parser; reason: the reader cannot be nil');
  throw new GoError(`first argument expected to be a fs.File instance, got ${typeof given} instead`);
}

/** `k6/experimental/csv` for one VU. */
export function csvModule(vu: VU): Record<string, unknown> {
  function parse(...args: unknown[]): Promise<unknown[]> {
    const [given, asked] = args;
    if (args.length > 1 && (asked === undefined || asked === null))
      throw new TypeError('Cannot convert undefined or null to object');
    const options = attempt('failed to interpret the provided Parser options', () =>
      readOptions(asked ?? {}),
    );
    return shared(fileOf(given), options);
  }

  /** As in k6, a file that was parsed before in the same way is not read again, wherever it was left. */
  async function shared(file: ScriptFile, options: Options): Promise<unknown[]> {
    const { sharedArrays } = vu.session;
    // No name that a script gives a SharedArray begins so.
    const key = `\0csv ${JSON.stringify([file.path, options])}`;
    const known = sharedArrays.get(key);
    if (known !== undefined) return sharedView(known);
    const bytes = ScriptFile.takeRest(file);
    const rows = attempt('failed to create a new parser', () => new CsvRows(bytes, options));
    const all: CsvRow[] = [];
    for (let row = next(); row !== undefined; row = next()) all.push(row);
    const encoded = encodeShared(all);
    sharedArrays.set(key, encoded);
    return sharedView(encoded);

    function next(): CsvRow | undefined {
      return attempt('failed to read record', () => rows.next());
    }
  }

  function Parser(...[given, asked]: unknown[]): object {
    if (vu.initialised) throw new GoError('csv Parser constructor must be called in the init context');
    if (given === undefined || given === null)
      throw new GoError('csv Parser constructor takes at least one non-nil source argument');
    const options = attempt('encountered an error while interpreting Parser options', () =>
      readOptions(asked ?? {}),
    );
    const file = fileOf(given);
    const bytes = ScriptFile.takeRest(file);
    const rows = attempt('failed to create a new parser', () => new CsvRows(bytes, options));
    return {
      next: async () => {
        try {
          const value = rows.next();
          return value === undefined ? { done: true, value: [] } : { done: false, value };
        } catch (cause) {
          throw new BareError(messageOf(cause), { cause });
        }
      },
    };
  }

  return { parse, Parser };
}
