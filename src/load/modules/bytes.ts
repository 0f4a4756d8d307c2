import { GoError } from '../go-error.ts';

/** What a value is called in Go, as k6 names it in its messages. */
function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'function') return 'func(sobek.FunctionCall) sobek.Value';
  if (value instanceof Uint16Array) return '[]uint16';
  return 'map[string]interface {}';
}

/** The bytes of a string, a Uint8Array or an ArrayBuffer; `context` begins the message for anything else. */
export function bytesOf(value: unknown, context = ''): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Uint8Array) return value;
  throw new GoError(`${context}invalid type ${goType(value)}, expected string, []byte or ArrayBuffer`);
}

/** A copy of `bytes` in an ArrayBuffer of its own. */
export function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
