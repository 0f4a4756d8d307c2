import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib';
import { decompress as unzstd } from 'fzstd';
import { RequestFailure } from '../failure.ts';

const algorithms = ['gzip', 'deflate', 'zstd', 'br'] as const;
export type Algorithm = (typeof algorithms)[number];

const encoders: Record<Algorithm, (bytes: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: storedZstd,
};

const decoders: Record<Algorithm, (bytes: Buffer) => Uint8Array> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: unzstd,
};

function isAlgorithm(name: string): name is Algorithm {
  return algorithms.includes(name as Algorithm);
}

/** The algorithms of a request's `compression`, in the order in which they are applied. Throws a RequestFailure. */
export function readCompression(text: string): Algorithm[] {
  if (text === '') return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    if (isAlgorithm(name)) return name;
    const known = algorithms.join(' ');
    const why = `unknown compression algorithm ${name}, supported algorithms are [${known}]`;
    throw new RequestFailure(why, 0, { bare: true });
  });
}

export function compress(bytes: Buffer, by: readonly Algorithm[]): Buffer {
  return by.reduce((data, name) => encoders[name](data), bytes);
}

const MAX_ZSTD_BLOCK = 128 * 1024;

/** A zstd frame of raw blocks (RFC 8878): Node 20 decodes nothing smaller, and servers take either. */
function storedZstd(bytes: Buffer): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32LE(0xfd2fb528, 0);
  // Single segment, no checksum, eight bytes of content size.
  head.writeUInt8(0b1110_0000, 4);
  head.writeBigUInt64LE(BigInt(bytes.length), 5);
  const parts: Buffer[] = [head];
  let at = 0;
  do {
    const end = Math.min(bytes.length, at + MAX_ZSTD_BLOCK);
    const block = Buffer.alloc(3);
    block.writeUIntLE(((end - at) << 3) | (end === bytes.length ? 1 : 0), 0, 3);
    parts.push(block, bytes.subarray(at, end));
    at = end;
  } while (at < bytes.length);
  return Buffer.concat(parts);
}

/** A body without its Content-Encoding; as it is when that is none of k6's. Throws a RequestFailure with 1701. */
export function decompress(bytes: Buffer, encoding: string): Buffer {
  if (!isAlgorithm(encoding)) return bytes;
  // An answer to HEAD as well: k6 wants a stream where one is announced.
  if (bytes.length === 0) throw undecodable('EOF', undefined);
  try {
    const plain = decoders[encoding](bytes);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch (cause) {
    throw undecodable(reason(encoding, cause as Error & { code?: string }), cause);
  }
}

function reason(encoding: Algorithm, error: Error & { code?: string }): string {
  if (error.message === 'incorrect header check' || error.message === 'unknown compression method')
    return encoding === 'gzip' ? 'gzip: invalid header' : 'zlib: invalid header';
  if (error.code === 'Z_BUF_ERROR') return 'unexpected EOF';
  if (error.message === 'incorrect data check')
    return encoding === 'gzip' ? 'gzip: invalid checksum' : 'zlib: invalid checksum';
  return `${encoding}: ${error.message}`;
}

function undecodable(why: string, cause: unknown): RequestFailure {
  const detail = `error decompressing response body (${why})`;
  // k6 says it twice in the response when reading has begun.
  const message = why === 'EOF' ? detail : `error decompressing response body (${detail})`;
  return new RequestFailure(message, 1701, { detail, bare: true, cause });
}
