/**
 * Something in a script that the real k6 does otherwise. An error: it refuses the script, or knows no such name. A
 * warning: it runs the script, but does something else at this place, or throws there.
 */
export type Finding = {
  /** As a user would write it, relative to the working directory where that is shorter. */
  file: string;
  /** From 1, as are columns. */
  line: number;
  column: number;
  severity: 'error' | 'warning';
  rule: string;
  message: string;
};

export type Severity = Finding['severity'];
