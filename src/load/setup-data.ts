import { types } from 'node:util';

/**
 * What `setup` gave, as the JSON that k6 hands to every virtual user and to `teardown`: k6 turns values into Go's and
 * writes those. So keys are in order, `undefined` is null, a Map is its entries, bytes are base64, times have no more
 * digits than they need, and no `toJSON` is asked. Throws k6's reason for functions, NaN, infinities and cycles.
 */
export function encodeSetupData(data: unknown): string {
  return encode(data, []);
}

function encode(value: unknown, around: readonly object[]): string {
  switch (typeof value) {
    case 'undefined':
      return 'null';
    case 'function':
      throw new TypeError('json: unsupported type: func(sobek.FunctionCall) sobek.Value');
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`json: unsupported value: ${goNumber(value)}`);
      return JSON.stringify(value);
    case 'bigint':
      return String(value);
    case 'symbol':
      return JSON.stringify(value.description ?? '');
    case 'object':
      return value === null ? 'null' : encodeObject(value, around);
    default:
      return JSON.stringify(value);
  }
}

function goNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

function encodeObject(value: object, around: readonly object[]): string {
  if (around.includes(value))
    throw new TypeError('json: unsupported value: encountered a cycle via map[string]interface {}');
  if (types.isStringObject(value)) return '{}';
  if (types.isBoxedPrimitive(value)) return encode(value.valueOf(), around);
  if (types.isDate(value)) return encodeDate(value);
  if (types.isUint8Array(value) || types.isUint8ClampedArray(value))
    return JSON.stringify(Buffer.from(value).toString('base64'));
  const inner = [...around, value];
  const list = (items: Iterable<unknown>) =>
    `[${Array.from(items, (each) => encode(each, inner)).join(',')}]`;
  if (Array.isArray(value) || types.isSet(value) || types.isMap(value)) return list(value);
  if (types.isTypedArray(value)) return list(value as Iterable<number | bigint>);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${encode(each, inner)}`).join(',')}}`;
}

function encodeDate(value: Date): string {
  if (Number.isNaN(value.getTime())) return 'null';
  // Without the zeros at the end of the milliseconds.
  return JSON.stringify(value.toISOString().replace(/(?:\.000|0+)Z$/, 'Z'));
}
