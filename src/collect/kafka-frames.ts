/**
 * The pieces of Kafka's protocol, in its versions without tagged fields, for the requests that are asked beside those of
 * the client library. https://kafka.apache.org/protocol.html#protocol_types
 */

/** One kind of request. */
export type Api = { key: number; version: number };

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

export function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([int16(bytes.length), bytes]);
}

export function array(items: readonly Buffer[]): Buffer {
  return Buffer.concat([int32(items.length), ...items]);
}

/** An array of length -1, by which several requests mean everything there is. */
export const everything = int32(-1);

/** Where the number of a request is, by which its answer is known, in a frame with its length. */
const CORRELATION_AT = 8;

/** A request as a frame with its length. */
export function requestFrame({ key, version }: Api, clientId: string, body: Buffer): Buffer {
  const header = [int16(key), int16(version), int32(-1), string(clientId)];
  const frame = Buffer.concat([...header, body]);
  return Buffer.concat([int32(frame.length), frame]);
}

/** Gives a request, as a frame with its length, another number than -1. */
export function stamp(request: Buffer, correlation: number): void {
  request.writeInt32BE(correlation, CORRELATION_AT);
}

/** The number of the request that `frame`, without its length, answers. */
export function numberOf(frame: Buffer): number | undefined {
  return frame.length < 4 ? undefined : frame.readInt32BE(0);
}

/** Reads an answer without its length, after its correlation. Throws a RangeError when it is cut short. */
export class AnswerReader {
  readonly #frame: Buffer;
  #next = 4;

  constructor(frame: Buffer) {
    this.#frame = frame;
  }

  /** Passes over `bytes`; where they begin. */
  skip(bytes: number): number {
    this.#next += bytes;
    if (this.#next > this.#frame.length) throw new RangeError("a broker's answer is cut short");
    return this.#next - bytes;
  }

  int16(): number {
    return this.#frame.readInt16BE(this.skip(2));
  }

  int32(): number {
    return this.#frame.readInt32BE(this.skip(4));
  }

  int64(): number {
    return Number(this.#frame.readBigInt64BE(this.skip(8)));
  }

  /** One that is null, of length -1, is empty. */
  string(): string {
    const length = Math.max(0, this.int16());
    const from = this.skip(length);
    return this.#frame.toString('utf8', from, from + length);
  }

  /** Calls `item` for every item of an array, which reads it. */
  each(item: () => void): void {
    for (let left = this.int32(); left > 0; left--) item();
  }
}

/** Passes on every whole frame of a stream, without the four bytes of its length. */
export function frames(on: (frame: Buffer) => void): (chunk: Buffer) => void {
  let kept: Buffer = Buffer.alloc(0);
  return (chunk) => {
    kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    while (kept.length >= 4 && kept.length >= 4 + kept.readUInt32BE(0)) {
      const end = 4 + kept.readUInt32BE(0);
      on(kept.subarray(4, end));
      kept = kept.subarray(end);
    }
  };
}
