import { FxscaleError } from '../../errors.ts';
import { goDuration, parseDuration } from '../../units.ts';
import type { Stage } from '../schedule/plan.ts';

export { goDuration };

export type Layer = 'config' | 'script' | 'env' | 'flags';

/** A value somebody gave, with its name as they know it (`options.vus`, `K6_VUS`, `--vus`). */
export type Given = { readonly value: unknown; readonly name: string; readonly layer: Layer };

/**
 * Reads fields of k6 options one by one, from whatever layer each comes, and remembers which were asked for. Every
 * reader answers `fallback` for a field that was not given, and throws SCRIPT_OPTIONS (USAGE for a flag) when it is
 * not what it should be, or when it is missing and has no fallback. `null` counts as not given.
 */
export class Fields {
  /** What was read, in that order and in k6's notation: null for a field that was not given. */
  readonly consolidated: Record<string, unknown> = {};
  readonly #given: ReadonlyMap<string, Given>;
  readonly #known = new Set<string>();
  readonly #nameOf: (field: string) => string;

  constructor(given: ReadonlyMap<string, Given>, nameOf: (field: string) => string) {
    // Go heeds no case in the names of JSON.
    this.#given = new Map([...given].map(([field, value]) => [field.toLowerCase(), value]));
    this.#nameOf = nameOf;
  }

  /** Fields that were given and never read. */
  unread(): Given[] {
    const given = [...this.#given].filter(([field]) => this.has(field) && !this.#known.has(field));
    return given.map(([, value]) => value);
  }

  /** Marks a field as known that has no place among the others. */
  skip(field: string): void {
    this.#known.add(field.toLowerCase());
  }

  /** What stands in `field`, unread; null when nothing does. */
  raw(field: string): unknown {
    return this.#given.get(field.toLowerCase())?.value ?? null;
  }

  has(field: string): boolean {
    return this.raw(field) !== null;
  }

  /** The refusal of what stands in `field`. */
  wrong(field: string, right: string): FxscaleError {
    const given = this.#given.get(field.toLowerCase());
    return given
      ? refuse(given, right)
      : new FxscaleError('SCRIPT_OPTIONS', `${this.#nameOf(field)} is missing: ${right}`);
  }

  /** A whole number of `min` or more; text that holds one is allowed, as in k6. */
  integer(field: string, bounds: { min: number; max?: number }, fallback?: number): number {
    const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
    const most = bounds.max === undefined ? '' : ` and at most ${max}`;
    return this.#read(field, fallback, `it must be a whole number of ${min} or more${most}`, ({ value }) => {
      const number = wholeNumber(value);
      return number !== undefined && number >= min && number <= max ? number : undefined;
    });
  }

  /** Seconds, at least `min`. */
  seconds(field: string, min: number, fallback?: number): number {
    const least = min > 0 ? ` of at least ${goDuration(min)}` : '';
    const right = `it must be a duration${least}, for example "30s" or "1m30s"`;
    const parse = (given: Given) => {
      const seconds = durationOf(given);
      return seconds !== undefined && seconds >= min ? seconds : undefined;
    };
    return this.#read(field, fallback, right, parse, goDuration);
  }

  truth(field: string): boolean {
    return this.#read(field, false, 'it must be true or false', (given) => {
      const { value } = given;
      if (isText(given)) return value === 'true' ? true : value === 'false' ? false : undefined;
      return typeof value === 'boolean' ? value : undefined;
    });
  }

  text(field: string, fallback: string): string {
    return this.#read(field, fallback, 'it must be a string', ({ value }) =>
      typeof value === 'string' ? value : undefined,
    );
  }

  choice<T extends string>(field: string, choices: readonly T[], fallback: T): T {
    const right = `it must be one of ${choices.map((choice) => `"${choice}"`).join(', ')}`;
    return this.#read(field, fallback, right, ({ value }) => choices.find((choice) => choice === value));
  }

  /** A list of strings; in a variable or flag, separated by commas. */
  texts(
    field: string,
    fallback: readonly string[],
    allowed: (text: string) => boolean,
    right: string,
  ): readonly string[] {
    return this.#read(field, fallback, right, (given) => {
      const list = isText(given) ? given.value.split(',') : given.value;
      return Array.isArray(list) && list.every((text) => typeof text === 'string' && allowed(text))
        ? list
        : undefined;
    });
  }

  /** Names and values, both strings; in a variable `name:value,name:value`. */
  map(field: string): Readonly<Record<string, string>> {
    return this.#read(field, {}, 'it must hold names with text as their values', mapOf);
  }

  /** Stages; in a variable or flag `30s:10,1m:0`. Stages need a duration and a target of zero or more. */
  stages(field: string): readonly Stage[] {
    const right =
      'it must be a list of stages such as { duration: "30s", target: 10 }, with whole targets of 0 or more';
    const format = (stages: readonly Stage[]) =>
      stages.map(({ duration, target }) => ({ duration: goDuration(duration), target }));
    return this.#read(field, undefined, right, stagesOf, format);
  }

  /** A value that has its own parser, which throws what it does not accept. */
  custom<T>(field: string, fallback: T, parse: (given: Given) => T, format: (value: T) => unknown): T {
    return this.#read(field, fallback, '', parse, format);
  }

  #read<T>(
    field: string,
    fallback: T | undefined,
    right: string,
    parse: (given: Given) => T | undefined,
    format: (value: T) => unknown = (value) => value,
  ): T {
    const given = this.has(field) ? this.#given.get(field.toLowerCase()) : undefined;
    const value = given === undefined ? fallback : parse(given);
    if (value === undefined) throw this.wrong(field, right);
    this.#known.add(field.toLowerCase());
    this.consolidated[field] = given === undefined ? null : format(value);
    return value;
  }
}

/** The refusal of a given value: what it is, and what would be right. */
export function refuse(given: Given, right: string): FxscaleError {
  const text = JSON.stringify(given.value) ?? String(given.value);
  const shown = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return new FxscaleError(
    given.layer === 'flags' ? 'USAGE' : 'SCRIPT_OPTIONS',
    `${given.name} is ${shown}: ${right}`,
  );
}

/** Whether `value` is a plain object, as JSON has them. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

/**
 * Seconds, in whole nanoseconds, from a k6 duration: text such as `1m30s` or `1d2h`, or a bare number, which is
 * milliseconds. A flag needs a unit. Undefined for what is none, or is longer than the 292 years that Go can count.
 */
export function durationOf(given: Pick<Given, 'value' | 'layer'>): number | undefined {
  const seconds = Math.round((secondsOf(given) ?? Number.NaN) * 1e9) / 1e9;
  return Math.abs(seconds) <= 2 ** 63 / 1e9 ? seconds : undefined;
}

function secondsOf({ value, layer }: Pick<Given, 'value' | 'layer'>): number | undefined {
  if (typeof value === 'number') return value / 1000;
  if (typeof value !== 'string') return undefined;
  if (/^-?\d+(\.\d+)?$/.test(value)) {
    return layer === 'flags' && Number(value) !== 0 ? undefined : Number(value) / 1000;
  }
  const [, sign, size = ''] = /^([+-]?)(.*)$/s.exec(value.replaceAll('\u03bc', '\u00b5')) ?? [];
  try {
    return (sign === '-' ? -1 : 1) * parseDuration(size);
  } catch (error) {
    if (error instanceof FxscaleError) return undefined;
    throw error;
  }
}

/** Variables and flags are text; an object or a list among flags was parsed already. */
export function isText(given: Given): given is Given & { value: string } {
  return (given.layer === 'env' || given.layer === 'flags') && typeof given.value === 'string';
}

function mapOf(given: Given): Record<string, string> | undefined {
  const object = isText(given)
    ? Object.fromEntries(given.value.split(',').map((pair) => pair.split(/:(.*)/s, 2)))
    : given.value;
  if (!isRecord(object)) return undefined;
  const named = Object.entries(object).every(([name, text]) => name !== '' && typeof text === 'string');
  return named ? (object as Record<string, string>) : undefined;
}

function stagesOf(given: Given): Stage[] | undefined {
  const list = isText(given) ? given.value.split(',') : given.value;
  if (!Array.isArray(list)) return undefined;
  const stages = list.map((item: unknown) => {
    const text = typeof item === 'string' && given.layer === 'flags';
    const [length, target] =
      text || isText(given) ? String(item).split(':') : isRecord(item) ? [item.duration, item.target] : [];
    const stage = { duration: durationOf({ ...given, value: length }), target: wholeNumber(target) };
    return (stage.duration ?? -1) >= 0 && (stage.target ?? -1) >= 0 ? (stage as Stage) : undefined;
  });
  return stages.every((stage) => stage !== undefined) ? stages : undefined;
}
