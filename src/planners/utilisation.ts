import type { RunRow } from '../run.ts';
import type { Fits } from './fits.ts';

/** The share of the CPU of `replicas` with `cpu` cores each that was in use while `rows` were recorded. */
export function utilisationOf(
  fits: Fits,
  replicas: number,
  cpu: number,
): ((rows: readonly RunRow[]) => number) | undefined {
  const fitted = fits.platformCpu;
  if (fitted === undefined) return undefined;
  const { classes, fit } = fitted;
  return (rows) => {
    let used = 0;
    let seconds = 0;
    for (const row of rows) {
      seconds += row.seconds;
      used += fit.background.value * replicas * row.seconds;
      classes.forEach((name, k) => {
        used += (row.classes[name]?.count ?? 0) * (fit.demands[k]?.value ?? 0);
      });
    }
    return used / (seconds * replicas * cpu);
  };
}
