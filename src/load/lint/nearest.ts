/** The one of `names` that is at most two slips from `name`, the nearest if several are. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let found: string | undefined;
  let least = Math.min(3, Math.ceil(name.length / 2));
  for (const each of names) {
    const distance = slips(name.toLowerCase(), each.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    found = each;
  }
  return found;
}

/** Levenshtein's distance, with two neighbours swapped as one slip (Damerau). */
function slips(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY;
      current[column] = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        swapped,
      );
    }
  }
  return at(a.length, b.length);
}
