import { Buffer } from 'node:buffer';
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from 'node:zlib';
import { readBody } from './echo.mjs';

const plain = Buffer.from('compressed words, '.repeat(20));

/** A zstd frame of one block that is stored as it is: Node 20 has no zstd to make a better one. */
function zstd(body) {
  const size = body.length;
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, (size - 256) & 0xff, (size - 256) >> 8]);
  const block = (size << 3) | 1;
  return Buffer.concat([head, Buffer.from([block & 0xff, (block >> 8) & 0xff, (block >> 16) & 0xff]), body]);
}

function encoded(name, body) {
  return (_request, response) => {
    response.setHeader('Content-Encoding', name);
    response.setHeader('Content-Type', 'text/plain');
    response.end(body);
  };
}

const decoders = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync };

export const compressed = {
  gzip: encoded('gzip', gzipSync(plain)),
  deflate: encoded('deflate', deflateSync(plain)),
  brotli: encoded('br', brotliCompressSync(plain)),
  zstd: encoded('zstd', zstd(plain)),
  'bad-gzip': encoded('gzip', Buffer.from('this is not gzip at all')),
  /** Undoes the encodings that the request's body says it has, last first, and gives the text back. */
  decode: async (request, response) => {
    let body = await readBody(request);
    const names = (request.headers['content-encoding'] ?? '').split(/,\s*/).filter((name) => name !== '');
    for (const name of [...names].reverse()) body = decoders[name](body);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ names, body: body.toString() }));
  },
};
