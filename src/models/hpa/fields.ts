import { milliOf, parseQuantity, type Quantity } from './quantity.ts';

/** Where a field is: `['spec', 'metrics', 0]`. */
export type FieldPath = readonly (string | number)[];

export type FieldError = { readonly path: FieldPath; readonly text: string };

/** As the API server writes it: `spec.metrics[0].type`. */
export function pathText(path: FieldPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}

/**
 * One field of a manifest that was read from YAML or JSON. What is wrong is collected, and what is read is undefined then;
 * null and absent are the same, as for the API server.
 */
export class Field {
  readonly path: FieldPath;
  readonly value: unknown;
  readonly errors: FieldError[];

  constructor(value: unknown, path: FieldPath = [], errors: FieldError[] = []) {
    this.value = value;
    this.path = path;
    this.errors = errors;
  }

  get present(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  wrong(text: string): undefined {
    this.errors.push({ path: this.path, text });
    return undefined;
  }

  /** A field in this object. */
  at(name: string): Field {
    const inside = isRecord(this.value) && Object.hasOwn(this.value, name) ? this.value[name] : undefined;
    return new Field(inside, [...this.path, name], this.errors);
  }

  /** Is this an object? Fields that are not in `known` are wrong. */
  isObject(known: readonly string[]): boolean {
    if (!isRecord(this.value)) {
      this.wrong(this.present ? 'must be an object' : 'is required');
      return false;
    }
    for (const name of Object.keys(this.value)) {
      if (!known.includes(name)) this.at(name).wrong(unknownText(name, known));
    }
    return true;
  }

  /** The elements of a list; of an absent one undefined. */
  elements(): Field[] | undefined {
    if (!this.present) return undefined;
    if (!Array.isArray(this.value)) return this.wrong('must be a list');
    return this.value.map((each, index) => new Field(each, [...this.path, index], this.errors));
  }

  text(): string | undefined {
    if (!this.present) return this.wrong('is required');
    if (typeof this.value !== 'string') return this.wrong(`must be text, not ${JSON.stringify(this.value)}`);
    return this.value === '' ? this.wrong('must not be empty') : this.value;
  }

  oneOf<T extends string>(known: readonly T[]): T | undefined {
    if (!this.present) return this.wrong(`is required: one of ${known.join(', ')}`);
    const found = known.find((each) => each === this.value);
    return found ?? this.wrong(`is ${JSON.stringify(this.value)}: must be one of ${known.join(', ')}`);
  }

  /** A whole number of `least` to `most`. */
  whole(least: number, most = 2 ** 31 - 1): number | undefined {
    const { value } = this;
    if (!this.present) return this.wrong('is required');
    if (typeof value !== 'number' || !Number.isInteger(value))
      return this.wrong(`must be a whole number, not ${JSON.stringify(value)}`);
    if (value < least) return this.wrong(`is ${value}: must be ${least} or more`);
    return value > most ? this.wrong(`is ${value}: must be ${most} or less`) : value;
  }

  quantity(): Quantity | undefined {
    const { value } = this;
    if (!this.present) return this.wrong('is required');
    if (typeof value !== 'string' && typeof value !== 'number')
      return this.wrong(`must be a quantity, not ${JSON.stringify(value)}`);
    try {
      return parseQuantity(String(value));
    } catch (error) {
      return this.wrong(error instanceof RangeError ? error.message : String(error));
    }
  }

  /** A quantity above zero, in milli-units. */
  milli(): number | undefined {
    const quantity = this.quantity();
    if (quantity === undefined) return undefined;
    const milli = Number(milliOf(quantity));
    return milli > 0 ? milli : this.wrong(`is ${String(this.value)}: must be above zero`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownText(name: string, known: readonly string[]): string {
  const near = known.find((each) => each.toLowerCase() === name.toLowerCase());
  if (near !== undefined) return `is not a field: write ${near}`;
  return `is not a field: those are ${known.join(', ')}`;
}
