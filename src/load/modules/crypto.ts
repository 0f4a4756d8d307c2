import { createHash, createHmac, getHashes, randomBytes } from 'node:crypto';
import { GoError } from '../go-error.ts';
import { arrayBufferOf, bytesOf } from './bytes.ts';
import { algorithms, hashNames } from './hash-names.ts';
import { md4 } from './md4.ts';

type Hashing = { update(bytes: Uint8Array): unknown; digest(): Uint8Array };

/** MD4 by the same two methods as Node's hashes; `key` makes it an HMAC (RFC 2104). */
function md4Hashing(key?: Uint8Array): Hashing {
  const parts: Uint8Array[] = [];
  const update = (bytes: Uint8Array) => parts.push(Uint8Array.from(bytes));
  if (key === undefined) return { update, digest: () => md4(Buffer.concat(parts)) };
  const padded = new Uint8Array(64);
  padded.set(key.length > 64 ? md4(key) : key);
  const outer = padded.map((byte) => byte ^ 0x5c);
  update(padded.map((byte) => byte ^ 0x36));
  return { update, digest: () => md4(Buffer.concat([outer, md4(Buffer.concat(parts))])) };
}

function openSslName(name: unknown): string {
  const known = Object.hasOwn(algorithms, String(name)) ? algorithms[String(name)] : undefined;
  if (known === undefined) throw new GoError(`invalid algorithm: ${String(name)}`);
  if (known !== '' && !getHashes().includes(known)) {
    throw new GoError(`the hash ${String(name)} is not in this machine's OpenSSL`);
  }
  return known;
}

function encode(digest: Uint8Array, encoding: unknown): string | ArrayBuffer {
  const bytes = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength);
  switch (encoding) {
    case 'hex':
      return bytes.toString('hex');
    case 'base64':
      return bytes.toString('base64');
    case 'base64url':
      return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    case 'base64rawurl':
      return bytes.toString('base64url');
    case 'binary':
      return arrayBufferOf(bytes);
    default:
      throw new GoError(
        `invalid output encoding: ${encoding === undefined || encoding === null ? '' : encoding}`,
      );
  }
}

/** What `createHash` and `createHMAC` give: a digest may be read at any time, and more be added after it. */
function hasher(make: () => Hashing): object {
  const parts: Uint8Array[] = [];
  return {
    update: (input: unknown) => {
      parts.push(Uint8Array.from(bytesOf(input)));
    },
    digest: (encoding: unknown) => {
      const hashing = make();
      for (const part of parts) hashing.update(part);
      return encode(hashing.digest(), encoding);
    },
  };
}

function hashing(name: unknown): () => Hashing {
  const known = openSslName(name);
  return () => (known === '' ? md4Hashing() : createHash(known));
}

function keyedHashing(name: unknown, secret: unknown): () => Hashing {
  const known = openSslName(name);
  const key = Uint8Array.from(bytesOf(secret));
  return () => (known === '' ? md4Hashing(key) : createHmac(known, key));
}

/** `k6/crypto`: nothing in it is of one VU. */
export function cryptoModule(): Record<string, unknown> {
  const exported: Record<string, unknown> = {
    createHash: (name: unknown) => hasher(hashing(name)),
    createHMAC: (name: unknown, secret: unknown) => hasher(keyedHashing(name, secret)),
    hmac: (name: unknown, secret: unknown, data: unknown, encoding: unknown) => {
      const made = keyedHashing(name, secret)();
      made.update(bytesOf(data));
      return encode(made.digest(), encoding);
    },
    randomBytes: (size: unknown) => {
      const count = Math.trunc(Number(size)) || 0;
      if (count < 1) throw new GoError('invalid size');
      return arrayBufferOf(randomBytes(count));
    },
    hexEncode: (data: unknown) => Buffer.from(bytesOf(data)).toString('hex'),
  };
  for (const name of hashNames) {
    exported[name] = (data: unknown, encoding: unknown) => {
      const made = hashing(name)();
      made.update(bytesOf(data, `${name} failed: `));
      return encode(made.digest(), encoding);
    };
  }
  return exported;
}
