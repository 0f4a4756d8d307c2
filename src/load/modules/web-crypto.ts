import { webcrypto } from 'node:crypto';
import { types } from 'node:util';
import { GoError } from '../go-error.ts';
import type { VU } from '../vu.ts';
import { promised } from './promised.ts';

const { CryptoKey, subtle } = webcrypto;

const operations = [
  ...(['decrypt', 'deriveBits', 'deriveKey', 'digest', 'encrypt', 'exportKey', 'generateKey'] as const),
  ...(['importKey', 'sign', 'unwrapKey', 'verify', 'wrapKey'] as const),
];

const LARGEST = 65_536;

/** The global `crypto` for one VU: Web Cryptography, whose operations keep the iteration open until they are done. */
export function scriptCrypto(vu: VU): object {
  const ownSubtle: Record<string, unknown> = {};
  for (const name of operations) {
    const operation = subtle[name] as (...args: unknown[]) => Promise<unknown>;
    ownSubtle[name] = (...args: unknown[]) => promised(vu, operation.apply(subtle, args));
  }
  return { getRandomValues, randomUUID: () => webcrypto.randomUUID(), subtle: ownSubtle, CryptoKey };
}

function getRandomValues(array: unknown): unknown {
  if (!types.isTypedArray(array) || types.isFloat32Array(array) || types.isFloat64Array(array))
    throw new GoError("TypeMismatchError: typedArray parameter isn't a TypedArray instance");
  if (array.byteLength > LARGEST)
    throw new GoError(`QuotaExceededError: typedArray parameter is too big; maximum length is ${LARGEST}`);
  return webcrypto.getRandomValues(array as Uint8Array);
}
