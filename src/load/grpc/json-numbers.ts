import { longOf } from './library.ts';

const ranges: Record<string, readonly [low: bigint, high: bigint]> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
const kinds: Record<string, string> = {
  ...{ int32: 'int32', sint32: 'int32', sfixed32: 'int32', uint32: 'uint32', fixed32: 'uint32' },
  ...{ int64: 'int64', sint64: 'int64', sfixed64: 'int64', uint64: 'uint64', fixed64: 'uint64' },
};

/** The kind of whole number that a field's type holds, by which k6 names it; undefined for other types. */
export function wholeKind(type: string): string | undefined {
  return kinds[type];
}

/** A whole number as protobufjs takes it; undefined for what is none, or out of the range of `kind`. */
export function readWhole(kind: string, value: unknown): unknown {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const whole = /^-?\d+$/.test(text) ? BigInt(text) : wholeOf(text);
  const range = ranges[kind];
  if (whole === undefined || range === undefined || whole < range[0] || whole > range[1]) return undefined;
  if (kind.endsWith('32')) return Number(whole);
  return longOf(String(whole), kind === 'uint64');
}

/** 1.0 and 1e3 are whole as well. */
function wholeOf(text: string): bigint | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isSafeInteger(number) ? BigInt(number) : undefined;
}

/** A floating-point number; undefined for what is none. */
export function readFloat(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity' || value === '-Infinity') return value === 'Infinity' ? Infinity : -Infinity;
  return typeof value === 'string' && /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)
    ? Number(value)
    : undefined;
}

/** As JSON has it: what is no number there is a string. A `float` has no more digits than it holds. */
export function showFloat(value: number, isSingle: boolean): number | string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (!isSingle) return value;
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
