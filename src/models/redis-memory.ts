import { checkAbove, checkAmount, checkCount } from './domain.ts';

/**
 * Bytes of memory that string keys take in Redis 7.0, on 64 bits: a dictEntry of 24 bytes, the key as an sds string, the
 * value, and the hash table, each rounded up to what the allocator hands out (dict.h, sds.h and object.c of Redis;
 * checked against used_memory of 7.0.15). Valkey 8 packs keys closer.
 */

/**
 * Size classes of jemalloc: multiples of a quantum up to eight of them, then four to every doubling. Redis bundles it
 * with a quantum of 8 bytes; a system's own, which Debian's Redis uses, has 16 and so lacks 24, 40 and 56.
 */
export type Allocator = 'bundled' | 'system';

export const allocators: readonly Allocator[] = ['bundled', 'system'];
const quanta: Readonly<Record<Allocator, number>> = { bundled: 8, system: 16 };

/** The bytes that an allocation of `size` bytes takes. Throws a RangeError unless it is a whole number above zero. */
export function allocated(size: number, allocator: Allocator): number {
  checkCount('bytes', size, 1);
  if (size <= 8) return 8;
  const doubling = 2 ** Math.ceil(Math.log2(size));
  const step = Math.max(quanta[allocator], doubling / 8);
  return Math.ceil(size / step) * step;
}

/** String keys that are alike: bytes of the key, the value, and whether they expire. */
export type Keys = {
  readonly key: number;
  /** Bytes of text, or an integer, which Redis keeps without text. */
  readonly value: number | 'shared-integer';
  readonly ttl: boolean;
};

const DICT_ENTRY = 24;
const OBJECT = 16;
const POINTER = 8;
/** Up to this many bytes a text lies in one allocation with its object. */
const LONGEST_EMBEDDED = 44;

/** Bytes of one key without its share of the hash tables. Throws a RangeError for sizes that are not whole numbers. */
export function entryBytes({ key, value, ttl }: Keys, allocator: Allocator): number {
  const entry = allocated(DICT_ENTRY, allocator);
  return (ttl ? 2 : 1) * entry + allocated(stringSize(key), allocator) + valueBytes(value, allocator);
}

/** Integers from 0 to 9999 are shared by all keys, unless maxmemory evicts by LRU or LFU. */
function valueBytes(value: Keys['value'], allocator: Allocator): number {
  if (value === 'shared-integer') return 0;
  checkCount('bytes of text', value, 0);
  if (value <= LONGEST_EMBEDDED) return allocated(OBJECT + 3 + value + 1, allocator);
  return allocated(OBJECT, allocator) + allocated(stringSize(value), allocator);
}

/** An sds string: a header that grows with the length, the text, and a zero. */
function stringSize(length: number): number {
  checkCount('bytes of text', length, 0);
  const header = length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9;
  return header + length + 1;
}

/** Bytes of the hash table of `keys` keys: a pointer for each of the next power of two. At least 4 buckets. */
export function tableBytes(keys: number): number {
  checkCount('keys', keys, 1);
  return POINTER * Math.max(4, 2 ** Math.ceil(Math.log2(keys)));
}

/**
 * Bytes per key of a hash table whose number of keys is not known: between 8 just before it doubles and 16 just after,
 * 8 / ln 2 = 11.5 in the mean over the logarithm of their number.
 */
export const EXPECTED_TABLE = POINTER / Math.LN2;

/**
 * Bytes per key of `count` alike keys, the table of expiries included. While a table doubles the old one, half as
 * large, is there as well: `rehashing` adds it.
 */
export function bytesPerKey(keys: Keys, count: number, allocator: Allocator, rehashing = false): number {
  const tables = (keys.ttl ? 2 : 1) * tableBytes(count) * (rehashing ? 1.5 : 1);
  return entryBytes(keys, allocator) + tables / count;
}

/** The inverse: how many such keys fit into `bytes` of memory, tables included. */
export function keysWithin(bytes: number, keys: Keys, allocator: Allocator): number {
  checkAmount('memory', bytes);
  const entry = entryBytes(keys, allocator);
  const tables = keys.ttl ? 2 : 1;
  let most = 0;
  for (let size = 4; ; size *= 2) {
    const count = Math.min(size, Math.floor((bytes - tables * size * POINTER) / entry));
    // A larger table leaves less room: with fewer keys than the smaller one holds it would not be there.
    if (count <= most) return most;
    most = count;
  }
}

/** A measured data set: alike keys, how many, and the bytes that they took each. */
export type MeasuredKeys = Keys & { readonly count: number; readonly bytes: number };

export type AllocatorFit = {
  /** Null when the measured shapes take the same with both, or neither comes within a tenth. */
  readonly allocator: Allocator | null;
  /** The mean relative error of the formula with each. */
  readonly errors: Readonly<Record<Allocator, number>>;
};

const FARTHEST = 0.1;

/** Which allocator the measured bytes per key tell of. Throws a RangeError for nothing measured. */
export function fitAllocator(measured: readonly MeasuredKeys[]): AllocatorFit {
  checkCount('measurements', measured.length, 1);
  for (const { bytes } of measured) checkAbove('measured size', bytes);
  const errorWith = (allocator: Allocator) =>
    measured.reduce(
      (sum, each) => sum + Math.abs(bytesPerKey(each, each.count, allocator) / each.bytes - 1),
      0,
    ) / measured.length;
  const errors = { bundled: errorWith('bundled'), system: errorWith('system') };
  const closer = errors.bundled < errors.system ? 'bundled' : 'system';
  const told = errors.bundled !== errors.system && errors[closer] <= FARTHEST;
  return { allocator: told ? closer : null, errors };
}
