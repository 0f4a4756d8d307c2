/** Rows of the summary in k6's columns. */

export type Paint = (code: string, text: string) => string;
export type Row = { readonly name: string } & (
  | { readonly stats: readonly string[] }
  | { readonly cells: readonly string[] }
);

export const GREEN = '32';
export const RED = '31';
export const CYAN = '36';
export const WHITE = '37';
export const BOLD = '1';
const FAINT_WHITE = '2;37';
const FAINT_CYAN = '2;36';

/** Colours by ANSI code, or none. */
export function painter(color: boolean): Paint {
  return (code, text) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
}

/** Lines up rows: names with dots, and columns as wide as their widest cell. */
export class Layout {
  readonly #indent: string;
  readonly #trendStats: readonly string[];
  readonly #paint: Paint;
  readonly #nameWidth: number;
  readonly #statWidths: number[] = [];
  readonly #cellWidths: number[] = [];

  constructor(rows: readonly Row[], trendStats: readonly string[], paint: Paint, indent: string) {
    this.#indent = indent;
    this.#trendStats = trendStats;
    this.#paint = paint;
    this.#nameWidth = Math.max(0, ...rows.map(({ name }) => widthOf(name))) + 3;
    for (const row of rows) {
      const widths = 'stats' in row ? this.#statWidths : this.#cellWidths;
      ('stats' in row ? row.stats : row.cells).forEach((cell, i) => {
        widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
      });
    }
  }

  line(row: Row): string {
    const dots = `${'.'.repeat(this.#nameWidth - widthOf(row.name))}:`;
    const start = `${this.#indent}${row.name}${this.#paint(FAINT_WHITE, dots)} `;
    return start + ('stats' in row ? this.#stats(row.stats) : this.#cells(row.cells));
  }

  #stats(stats: readonly string[]): string {
    return stats
      .map(
        (text, i) => `${this.#trendStats[i]}=${this.#paint(CYAN, text)}${padding(text, this.#statWidths[i])}`,
      )
      .join(' ');
  }

  #cells(cells: readonly string[]): string {
    return cells
      .map((text, i) => {
        // k6 pads a single extra cell in no case, and two of them both.
        const pad = i === 0 || cells.length > 2 ? padding(text, this.#cellWidths[i]) : '';
        return this.#paint(i === 0 ? CYAN : FAINT_CYAN, text) + pad;
      })
      .join(' ');
  }
}

function widthOf(text: string): number {
  return [...text].length;
}

function padding(text: string, width = 0): string {
  return ' '.repeat(Math.max(0, width - widthOf(text)));
}
