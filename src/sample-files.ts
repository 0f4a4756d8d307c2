import { createWriteStream, openSync, truncateSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { FxscaleError, messageOf } from './errors.ts';
import type { Destination } from './load/outputs/destinations.ts';
import type { SampleChunk } from './load/outputs/samples.ts';

/**
 * A file of samples, `.gz` compressed, or stdout for the path `-`. Opening it throws OUTPUT; what fails later is told
 * once to `failed`, and whatever comes after it is given up.
 */
export class SampleFile {
  readonly destination: Destination;
  readonly #failed: (error: FxscaleError) => void;
  readonly #stream: Writable;
  readonly #end: Promise<void>;
  readonly #defined = new Set<string>();
  #bytes = 0;
  #whole = 0;
  #broken = false;

  constructor(destination: Destination, failed: (error: FxscaleError) => void, header = '') {
    this.destination = destination;
    this.#failed = failed;
    const { path } = destination;
    if (path === '-') {
      this.#stream = process.stdout;
      this.#end = Promise.resolve();
    } else {
      const compressed = path.endsWith('.gz');
      const file = createWriteStream('', { fd: open(path) });
      this.#stream = compressed ? createGzip() : file;
      if (this.#stream !== file) this.#stream.pipe(file);
      this.#end = finished(file).catch((error: unknown) => this.#break(error));
      this.#stream.on('error', (error) => this.#break(error));
    }
    if (header !== '') this.write({ text: new TextEncoder().encode(header) }, () => undefined);
  }

  /** Appends whole lines; a metric's definition only the first time. `written` is called when memory is free again. */
  write({ text, definition }: SampleChunk, written: () => void): void {
    const known = definition !== undefined && this.#defined.has(definition);
    if (this.#broken || known) {
      written();
      return;
    }
    if (definition !== undefined) this.#defined.add(definition);
    this.#bytes += text.length;
    const whole = this.#bytes;
    this.#stream.write(text, (error) => {
      if (error) this.#break(error);
      else this.#whole = whole;
      written();
    });
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    if (this.destination.path === '-') {
      await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
      return;
    }
    if (!this.#broken) this.#stream.end();
    await this.#end;
  }

  #break(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    const { path } = this.destination;
    // What the disk took of a line that did not fit is taken back: a reader must not stumble over it.
    if (!path.endsWith('.gz')) cutTo(path, this.#whole);
    this.#stream.destroy();
    this.#failed(
      new FxscaleError(
        'OUTPUT',
        `${path} cannot be written any longer: ${messageOf(error)}; free some space`,
      ),
    );
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (cause) {
    const why = messageOf(cause);
    throw new FxscaleError(
      'OUTPUT',
      `${path} cannot be written: ${why}; give a file that can be written to`,
      {
        cause,
      },
    );
  }
}

function cutTo(path: string, bytes: number): void {
  try {
    truncateSync(path, bytes);
  } catch {
    // A pipe or device has no length; its reader saw the half line already.
  }
}
