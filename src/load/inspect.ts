import { types } from 'node:util';

/** A value as k6's console prints it: strings as they are, and what is inside of objects in one line. */
export function inspect(value: unknown): string {
  return typeof value === 'string' ? value : shown(value, []);
}

function shown(value: unknown, around: readonly object[]): string {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'symbol')
    return around.length > 0 ? `"${value.description ?? ''}"` : (value.description ?? '');
  if (typeof value === 'function') return '[object Function]';
  // Inside of objects k6 shows undefined as JSON does.
  if (value === undefined) return around.length > 0 ? 'null' : 'undefined';
  return typeof value === 'object' && value !== null ? shownObject(value, around) : String(value);
}

function shownObject(value: object, around: readonly object[]): string {
  if (around.includes(value)) return '[Circular]';
  if (types.isNativeError(value)) return String(value);
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? '{}' : `"${value.toISOString()}"`;
  if (types.isAnyArrayBuffer(value)) return shownBytes(new Uint8Array(value));
  const inner = [...around, value];
  if (types.isTypedArray(value))
    return `${typedName(value)}(${value.length}) ${list([...value].map(String))}`;
  // By index, since a hole is shown too.
  if (Array.isArray(value)) return list(Array.from(value, (item: unknown) => shown(item, inner)));
  const properties = Object.entries(value).map(([key, item]) => `${key}: ${shown(item, inner)}`);
  return properties.length === 0 ? '{}' : `{ ${properties.join(', ')} }`;
}

function list(items: string[]): string {
  return items.length === 0 ? '[]' : `[ ${items.join(', ')} ]`;
}

function typedName(value: object): string {
  return types.isUint8ClampedArray(value) ? 'Uint8Array' : (value.constructor?.name ?? 'TypedArray');
}

function shownBytes(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  return `ArrayBuffer { [Uint8Contents]: <${hex.join(' ')}>, byteLength: ${bytes.length} }`;
}
