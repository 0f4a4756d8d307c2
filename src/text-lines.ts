import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FxscaleError, messageOf } from './errors.ts';

export type NumberedLine = { readonly number: number; readonly text: string };

/**
 * The lines of `file`, or of the standard input for `-`, that are not blank; what is compressed by gzip is expanded. One
 * piece after the other: the whole never has to fit into memory. Throws FILE when it cannot be read.
 */
export async function* readLines(file: string): AsyncGenerator<NumberedLine> {
  const name = nameOf(file);
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  try {
    for await (const bytes of expanded(file === '-' ? process.stdin : createReadStream(file))) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        number++;
        if (text.trim() !== '') yield { number, text };
      }
    }
  } catch (cause) {
    throw new FxscaleError('FILE', `${name} cannot be read: ${reason(cause)}`, { cause });
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield { number: number + 1, text: rest };
}

/** How `file` is called in messages. */
export function nameOf(file: string): string {
  return file === '-' ? 'the standard input' : file;
}

async function* expanded(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  let ended = false;
  while (start.length < 2 && !ended) {
    const next = await chunks.next();
    if (next.done) ended = true;
    else start = Buffer.concat([start, next.value]);
  }
  const whole = async function* () {
    yield start;
    if (!ended) yield* { [Symbol.asyncIterator]: () => chunks };
  };
  if (start[0] === 0x1f && start[1] === 0x8b) {
    const gunzip = createGunzip();
    // What goes wrong reaches the reader of `gunzip`.
    pipeline(Readable.from(whole()), gunzip, () => undefined);
    yield* gunzip;
  } else yield* whole();
}

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  if (code === 'Z_BUF_ERROR') return 'it ends in the middle of the compressed data';
  return messageOf(cause);
}
