import { GoError } from '../go-error.ts';

/** `Blob` of `k6/websockets`: bytes that a script reads through promises. */
export class ScriptBlob {
  readonly size: number;
  readonly type: string;
  readonly #bytes: Buffer;

  constructor(parts?: unknown, options?: { type?: unknown } | null) {
    this.#bytes = Buffer.concat(Array.isArray(parts) ? parts.map(bytesOfPart) : []);
    this.size = this.#bytes.length;
    this.type = options?.type === undefined ? '' : String(options.type);
  }

  /** The bytes of `blob`, not copied. */
  static bytesOf(blob: ScriptBlob): Buffer {
    return blob.#bytes;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return copied(this.#bytes);
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(copied(this.#bytes));
  }

  async text(): Promise<string> {
    return this.#bytes.toString('utf8');
  }

  slice(start?: number, end?: number, type?: string): ScriptBlob {
    return new ScriptBlob([this.#bytes.subarray(start, end)], { type: type ?? '' });
  }

  stream(): ReadableStream<Uint8Array> {
    const bytes = new Uint8Array(copied(this.#bytes));
    return new ReadableStream({
      start(controller) {
        controller.enqueue(bytes);
        controller.close();
      },
    });
  }
}

/** The bytes as a buffer of their own. */
export function copied(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy.buffer;
}

function bytesOfPart(part: unknown): Buffer {
  const bytes = bytesOfData(part);
  if (bytes === undefined) throw new GoError('unsupported blob part');
  return bytes;
}

/** The bytes of text, a buffer, a view of one or a Blob; undefined for anything else. */
export function bytesOfData(data: unknown): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return data instanceof ScriptBlob ? ScriptBlob.bytesOf(data) : undefined;
}
