/** Breaks `text` between words so that it ends before `width`, every line but the first behind `indent` blanks. */
export function hang(text: string, indent: number, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width - indent)
      lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
