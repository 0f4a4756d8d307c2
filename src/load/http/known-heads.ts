import { type Head, parseHead } from './head.ts';

/**
 * Heads that came lately. Most servers answer one kind of request with the same bytes for as long as their Date does
 * not change, and comparing bytes costs a fraction of parsing them. The connections of all VUs share what they
 * learn, and one string for all.
 */
type Known = { bytes: Buffer; head: Head; misses: number };

/** By the length of the read, which tells endpoints apart: a slot for every remainder. */
const SLOTS = 64;
const slots: (Known | undefined)[] = new Array(SLOTS).fill(undefined);
const MAX_BYTES = 2048;
/** A server whose heads never repeat is not worth a copy of each. */
const MISSES_BEFORE_REPLACING = 4;

/** The head of the bytes from `at` to `end` when it is one that came lately; `end - at` is the length of the read. */
export function knownHead(bytes: Buffer, at: number, end: number): Head | undefined {
  const known = slots[(end - at) % SLOTS];
  if (known === undefined) return undefined;
  const { size } = known.head;
  if (size > end - at || bytes.compare(known.bytes, 0, size, at, at + size) !== 0) {
    known.misses++;
    return undefined;
  }
  return known.head;
}

/** Parses the head between `at` and `bodyAt` and remembers it for reads of that length. Throws a ProtocolError. */
export function learnHead(bytes: Buffer, at: number, bodyAt: number, end: number): Head {
  const head = parseHead(bytes, at, bodyAt);
  const slot = (end - at) % SLOTS;
  const known = slots[slot];
  if (head.size > MAX_BYTES || (known !== undefined && known.misses < MISSES_BEFORE_REPLACING)) return head;
  slots[slot] = { bytes: Buffer.from(bytes.subarray(at, bodyAt)), head, misses: 0 };
  return head;
}
