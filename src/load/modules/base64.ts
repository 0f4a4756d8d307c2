import { GoError } from '../go-error.ts';

export type Base64 = { url: boolean; padded: boolean };

/** Base64 of `bytes` (RFC 4648, sections 4 and 5). */
export function encodeBase64(bytes: Uint8Array, { url, padded }: Base64): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const unpadded = padded ? text : text.replace(/=+$/, '');
  return url ? unpadded.replaceAll('+', '-').replaceAll('/', '_') : unpadded;
}

function isDigit(code: number, url: boolean): boolean {
  const isAlphanumeric =
    (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isAlphanumeric || code === (url ? 45 : 43) || code === (url ? 95 : 47);
}

const isLineEnd = (code: number) => code === 10 || code === 13;
const EQUALS = 61;

/**
 * The bytes of base64 text; line ends in it are skipped. Throws with the place of the first byte that cannot be
 * there, or, for a group that is cut short, with as many bytes before the end as it has digits.
 */
export function decodeBase64(text: string, { url, padded }: Base64): Uint8Array {
  const source = Buffer.from(text, 'utf8');
  let digits = '';
  let at = 0;
  const bad = (place: number) => new GoError(`illegal base64 data at input byte ${place}`);
  for (; at < source.length; at++) {
    const code = source[at] ?? 0;
    if (isLineEnd(code)) continue;
    if (!isDigit(code, url)) break;
    digits += String.fromCharCode(code);
  }
  const over = digits.length % 4;
  if (at === source.length) {
    if (over === 1 || (over > 0 && padded)) throw bad(source.length - over);
  } else {
    if (source[at] !== EQUALS || !padded || over < 2) throw bad(at);
    at = pastPadding(source, at, over, bad);
  }
  return Buffer.from(digits, url ? 'base64url' : 'base64');
}

function pastPadding(source: Buffer, start: number, over: number, bad: (at: number) => Error): number {
  let at = start + 1;
  const skip = () => {
    while (at < source.length && isLineEnd(source[at] ?? 0)) at++;
  };
  skip();
  if (over === 2) {
    if (at === source.length) throw bad(source.length);
    if (source[at] !== EQUALS) throw bad(at - 1);
    at++;
    skip();
  }
  if (at < source.length) throw bad(at);
  return at;
}
