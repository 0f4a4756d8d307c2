import { round } from '../units.ts';

export type Chart = {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** What is fitted to the points, drawn from the first to the last of them. */
  readonly curve: ((x: number) => number) | undefined;
  /** Where on the x axis to put a mark. */
  readonly mark: number | undefined;
  /** Concurrencies are tried in doublings, which a logarithmic x axis sets apart evenly; time is linear. */
  readonly axis: 'linear' | 'logarithmic';
  /** What to write below the x axis instead of round numbers. */
  readonly ticks?: readonly { readonly x: number; readonly name: string }[];
  /** How to write a value of y beside its axis. */
  readonly label: (y: number) => string;
  /** Characters in a line, and lines above the axis. */
  readonly width: number;
  readonly height: number;
};

export const POINT = '●';
export const CURVE = '·';
export const MARK = '▲';

/**
 * Points of `y` from zero up over `x`, and a curve through them, as lines of text. A logarithmic x axis wants every x
 * above zero; the y axis begins at zero.
 */
export function drawChart({ points, curve, mark, axis, ticks, label, width, height }: Chart): string[] {
  const xs = points.map(({ x }) => x);
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const top = ceiling(Math.max(...points.map(({ y }) => y), ...(curve === undefined ? [] : xs.map(curve))));
  const labels = new Map([0, height / 2, height].map((row) => [row, label((top * row) / height)]));
  const margin = Math.max(...[...labels.values()].map((label) => label.length)) + 1;
  const columns = width - margin - 2;
  const scale = axis === 'logarithmic' ? Math.log : (x: number) => x;
  const [left, right] = [scale(first), scale(last)];
  const columnOf = (x: number) =>
    right === left ? 0 : Math.round(((scale(x) - left) / (right - left)) * (columns - 1));
  const rowOf = (y: number) => Math.round((y / top) * height);

  const rows = Array.from({ length: height + 1 }, () => new Array<string>(columns).fill(' '));
  const put = (column: number, row: number, sign: string) => {
    const line = rows[row];
    if (line !== undefined) line[column] = sign;
  };
  for (let column = 0; curve !== undefined && column < columns; column++) {
    const way = column / (columns - 1);
    put(
      column,
      rowOf(curve(axis === 'logarithmic' ? first * (last / first) ** way : first + (last - first) * way)),
      CURVE,
    );
  }
  for (const { x, y } of points) put(columnOf(x), rowOf(y), POINT);

  const beside = (row: number) =>
    `${(labels.get(row) ?? '').padStart(margin - 1)} ${labels.has(row) ? '┤' : '│'}`;
  const below = axisOf(
    ticks ?? numbered(axis === 'logarithmic' ? xs : roundNumbers(first, last)),
    columnOf,
    columns,
  );
  const marked = mark === undefined || mark < first || mark > last ? undefined : columnOf(mark);
  return [
    ...rows.map((line, row) => beside(row) + line.join('')).reverse(),
    `${' '.repeat(margin)}└${'─'.repeat(columns)}`,
    ' '.repeat(margin + 1) + below,
    ...(marked === undefined ? [] : [`${' '.repeat(margin + 1 + marked)}${MARK}`]),
  ].map((line) => line.trimEnd());
}

type Ticks = NonNullable<Chart['ticks']>;

/** The values of x below their columns, except those that would run into the one before. */
function axisOf(ticks: Ticks, columnOf: (x: number) => number, columns: number): string {
  let text = '';
  for (const { x, name } of ticks) {
    const start = Math.min(columnOf(x), columns - name.length);
    if (text === '' || start > text.length) text = text.padEnd(start) + name;
  }
  return text;
}

function numbered(xs: readonly number[]): Ticks {
  return [...new Set(xs)]
    .sort((a, b) => a - b)
    .map((x) => ({ x, name: Number.isInteger(x) ? String(x) : round(x) }));
}

/** Round numbers within the range, about five of them. */
function roundNumbers(first: number, last: number): number[] {
  if (last === first) return [first];
  const step = ceiling((last - first) / 6);
  const from = Math.ceil(first / step);
  return Array.from({ length: Math.floor(last / step) - from + 1 }, (_, i) => (from + i) * step);
}

/** The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten: half of each is a short number, too. */
function ceiling(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8].find((each) => each * power >= value) ?? 10;
  return step * power;
}
