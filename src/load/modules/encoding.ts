import { type Base64, decodeBase64, encodeBase64 } from './base64.ts';
import { arrayBufferOf, bytesOf } from './bytes.ts';

/** k6 takes a name that it does not know for the standard one. */
function variant(name: unknown): Base64 {
  return {
    url: name === 'url' || name === 'rawurl',
    padded: name !== 'rawstd' && name !== 'rawurl',
  };
}

/** `k6/encoding`. */
export function encodingModule(): Record<string, unknown> {
  return {
    b64encode: (input: unknown, encoding?: unknown) => encodeBase64(bytesOf(input), variant(encoding)),
    b64decode: (input?: unknown, encoding?: unknown, format?: unknown) => {
      const text =
        input instanceof ArrayBuffer ? '[object ArrayBuffer]' : input === undefined ? '' : String(input);
      const bytes = decodeBase64(text, variant(encoding));
      return format === 's' ? Buffer.from(bytes).toString('utf8') : arrayBufferOf(bytes);
    },
  };
}
