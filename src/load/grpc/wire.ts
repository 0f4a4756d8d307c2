import { gunzipSync, inflateSync } from 'node:zlib';

/** The names of gRPC's codes, as Go has them. */
export const codeNames = [
  ...['OK', 'Canceled', 'Unknown', 'InvalidArgument', 'DeadlineExceeded', 'NotFound', 'AlreadyExists'],
  ...[
    'PermissionDenied',
    'ResourceExhausted',
    'FailedPrecondition',
    'Aborted',
    'OutOfRange',
    'Unimplemented',
  ],
  ...['Internal', 'Unavailable', 'DataLoss', 'Unauthenticated'],
];

export const OK = 0;
export const CANCELLED = 1;
export const UNKNOWN = 2;
export const DEADLINE_EXCEEDED = 4;
export const RESOURCE_EXHAUSTED = 8;
export const INTERNAL = 13;
export const UNAVAILABLE = 14;

/** What gRPC's HTTP/2 mapping says of a stream that was reset, by the HTTP/2 error. */
const ofResets: Record<number, number> = { 7: UNAVAILABLE, 8: CANCELLED, 11: RESOURCE_EXHAUSTED, 12: 7 };

export function codeOfReset(http2Code: number): number {
  return ofResets[http2Code] ?? INTERNAL;
}

/** The same of an answer that is none of gRPC's, by its HTTP status. */
export function codeOfStatus(status: number): number {
  const codes: Record<number, number> = {
    400: INTERNAL,
    401: 16,
    403: 7,
    404: 12,
    429: 14,
    502: 14,
    503: 14,
    504: 14,
  };
  return codes[status] ?? UNKNOWN;
}

/** A message with its prefix, uncompressed. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(5 + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** Puts messages together again from pieces of any size. */
export class Deframer {
  #rest: Buffer = Buffer.alloc(0);
  readonly #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /** The messages that are complete with `piece`. Throws a RangeError for one that is too large. */
  read(piece: Buffer, encoding: string): Buffer[] {
    this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const messages: Buffer[] = [];
    while (this.#rest.length >= 5) {
      const size = this.#rest.readUInt32BE(1);
      if (size > this.#maxSize) {
        throw new RangeError(`grpc: received message larger than max (${size} vs. ${this.#maxSize})`);
      }
      if (this.#rest.length < 5 + size) break;
      const isCompressed = this.#rest.readUInt8(0) === 1;
      const message = this.#rest.subarray(5, 5 + size);
      messages.push(isCompressed ? decompress(message, encoding) : message);
      this.#rest = this.#rest.subarray(5 + size);
    }
    return messages;
  }
}

function decompress(message: Buffer, encoding: string): Buffer {
  return encoding === 'gzip' ? gunzipSync(message) : encoding === 'deflate' ? inflateSync(message) : message;
}

/** The value of grpc-timeout for what is left until a deadline, in milliseconds. */
export function timeoutHeader(ms: number): string {
  const micros = Math.max(1, Math.ceil(ms * 1000));
  return micros < 1e8 ? `${micros}u` : `${Math.min(99_999_999, Math.ceil(ms))}m`;
}

/** Metadata as a script sees it; `raw` is name, value, name, ... Those of the protocol itself are left out. */
export function metadataOf(raw: readonly string[]): Record<string, string[]> {
  const metadata: Record<string, string[]> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (name.startsWith(':') || hidden.has(name)) continue;
    metadata[name] ??= [];
    if (!name.endsWith('-bin')) metadata[name].push(value);
    else metadata[name].push(...value.split(',').map((each) => Buffer.from(each, 'base64').toString('utf8')));
  }
  return metadata;
}

const hidden = new Set(['grpc-status', 'grpc-message', 'grpc-status-details-bin']);

/** grpc-message is percent-encoded. */
export function decodeMessage(text: string): string {
  const bytes = text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
