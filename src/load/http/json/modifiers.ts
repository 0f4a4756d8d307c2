type Select = (value: unknown, path: string) => unknown;
type Modifier = (value: unknown, argument: string, select: Select) => unknown;

const modifiers: Record<string, Modifier> = {
  this: same,
  ugly: same,
  pretty: same,
  valid: same,
  reverse: (value) => {
    if (Array.isArray(value)) return value.toReversed();
    return isObject(value) ? Object.fromEntries(Object.entries(value).reverse()) : value;
  },
  keys: (value) => {
    if (Array.isArray(value)) return value.map(() => null);
    return isObject(value) ? Object.keys(value) : [];
  },
  values: (value) => {
    if (Array.isArray(value)) return value;
    return isObject(value) ? Object.values(value) : [value];
  },
  flatten: (value, argument) => {
    if (!Array.isArray(value)) return value;
    return value.flat(flag(argument, 'deep') ? Number.POSITIVE_INFINITY : 1);
  },
  join: (value) => {
    if (!Array.isArray(value)) return value;
    return Object.assign({}, ...value.filter(isObject));
  },
  tostr: (value) => JSON.stringify(value),
  fromstr: (value) => {
    try {
      return typeof value === 'string' ? JSON.parse(value) : undefined;
    } catch {
      return undefined;
    }
  },
  group: (value) => {
    if (!isObject(value)) return undefined;
    const rows: Record<string, unknown>[] = [];
    for (const [key, column] of Object.entries(value)) {
      if (!Array.isArray(column)) continue;
      for (const [i, cell] of column.entries()) {
        rows[i] ??= {};
        rows[i][key] = cell;
      }
    }
    return rows;
  },
  dig: (value, argument, select) => {
    const found: unknown[] = [];
    dig(value, argument, select, found);
    return found;
  },
};

/** What the modifier `name` makes of a value; undefined for one that is not known. */
export function modify(value: unknown, name: string, argument: string, select: Select): unknown {
  return Object.hasOwn(modifiers, name) ? modifiers[name]?.(value, argument, select) : undefined;
}

function same(value: unknown): unknown {
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function flag(argument: string, name: string): boolean {
  try {
    return JSON.parse(argument)?.[name] === true;
  } catch {
    return false;
  }
}

/** The path's part of the value and of everything inside of it. */
function dig(value: unknown, path: string, select: Select, found: unknown[]): void {
  const part = select(value, path);
  if (part !== undefined) found.push(part);
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) dig(inner, path, select, found);
}
