/** Figures by their path in a document of any shape, and those in which two documents differ. */

export type Leaf = number | string | boolean | null;

/** `from` or `to` is null where there is nothing in that document. */
export type Change = { path: string; from: Leaf; to: Leaf };

/** Figures this close differ by rounding only. */
const SAME = 1e-9;

/** What differs between `before` and `after`, in the order of their paths there; nothing below a path of `skipped`. */
export function changesBetween(before: unknown, after: unknown, skipped: readonly string[] = []): Change[] {
  const [from, to] = [new Map(leavesOf(before, '')), new Map(leavesOf(after, ''))];
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((path): Change[] => {
    if (skipped.some((each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`)))
      return [];
    const change = { path, from: from.get(path) ?? null, to: to.get(path) ?? null };
    return isSame(change.from, change.to) ? [] : [change];
  });
}

function isSame(from: Leaf, to: Leaf): boolean {
  if (typeof from !== 'number' || typeof to !== 'number') return from === to;
  return Math.abs(to - from) <= SAME * Math.max(Math.abs(from), Math.abs(to));
}

function leavesOf(value: unknown, path: string): [string, Leaf][] {
  if (Array.isArray(value)) {
    const names = namesOf(value);
    return value.flatMap((each, i) => leavesOf(each, `${path}[${names?.[i] ?? i}]`));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) =>
      leavesOf(each, path === '' ? key : `${path}.${key}`),
    );
  }
  return value === undefined ? [] : [[path, value as Leaf]];
}

/** What tells the entries of a list apart, wherever they stand in it. */
function namesOf(list: readonly unknown[]): string[] | undefined {
  for (const key of ['name', 'resource', 'class', 'topic', 'type']) {
    const names = list.map((each) =>
      typeof each === 'object' && each !== null ? (each as Record<string, unknown>)[key] : undefined,
    );
    const isName = (name: unknown): name is string => typeof name === 'string';
    if (names.every(isName) && new Set(names).size === names.length) return names;
  }
  return undefined;
}
