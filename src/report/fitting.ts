/** A part of a line, and how much it would be missed. */
export type Part = { text: string; weight: number };

/** The parts with two blanks between them; where they are more than `width`, without those that are missed least. */
export function fitting(parts: readonly Part[], width: number): string {
  const line = parts.map(({ text }) => text).join('  ');
  if (line.length <= width || parts.length === 1) return line.slice(0, width);
  const least = Math.min(...parts.map(({ weight }) => weight));
  const last = parts.findLastIndex(({ weight }) => weight === least);
  return fitting(parts.toSpliced(last, 1), width);
}
