import type { Severity } from '../planners/findings.ts';
import { hang } from './hang.ts';
import { type Paint, RED } from './k6-layout.ts';

export const YELLOW = '33';
export const DIM = '2';

const marks: Record<Severity, { word: string; code: string }> = {
  error: { word: 'Error', code: RED },
  warning: { word: 'Warning', code: YELLOW },
  info: { word: 'Note', code: DIM },
};

/** Remarks with their severity before them, the errors first, in lines that end before `width`. */
export function severityLines(
  all: readonly { readonly severity: Severity; readonly text: string }[],
  { label, width, paint }: { readonly label: number; readonly width: number; readonly paint: Paint },
): string {
  return (Object.keys(marks) as Severity[])
    .flatMap((severity) => all.filter((each) => each.severity === severity))
    .map(({ severity, text }) => {
      const { word, code } = marks[severity];
      return paint(code, word.padEnd(label)) + hang(text, label, width);
    })
    .join('\n');
}
