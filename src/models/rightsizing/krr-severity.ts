/** How far a workload is from what is recommended, by the rules of Robusta's KRR; the worst first. */
export const severities = ['critical', 'warning', 'ok', 'good', 'unknown'] as const;
export type ChangeSeverity = (typeof severities)[number];
export type Grade = 'A' | 'B' | 'C' | 'D' | 'F';

/** Cores, and MiB. */
const steps = { cpu: [0.5, 0.25, 0.1], memory: [500, 250, 100] } as const;

/** Of one request or limit: null is none, and undefined what nobody could recommend. Cores or bytes. */
export function severityOf(
  resource: 'cpu' | 'memory',
  now: number | null,
  recommended: number | null | undefined,
): ChangeSeverity {
  if (recommended === undefined) return 'unknown';
  if (now === null && recommended === null) return 'good';
  if (now === null || recommended === null) return 'warning';
  const change = Math.abs(now - recommended) / (resource === 'cpu' ? 1 : 2 ** 20);
  // A difference such as 0.6 - 0.5 is not told apart from 0.1.
  const index = steps[resource].findIndex((step) => change >= step - 1e-9);
  return severities[index < 0 ? 3 : index] as ChangeSeverity;
}

/** Of several, the worst; what is unknown counts only when nothing else is known. */
export function worstOf(all: readonly ChangeSeverity[]): ChangeSeverity {
  return severities.find((severity) => all.includes(severity)) ?? 'unknown';
}

/** 0 to 100: of all workloads, those that are fine; a warning costs 0.7 of one. */
export function scoreOf(all: readonly ChangeSeverity[]): number {
  if (all.length === 0) return 0;
  const cost = { critical: 1, warning: 0.7, ok: 0, good: 0, unknown: 0 };
  const lost = all.reduce((sum, severity) => sum + cost[severity], 0);
  return Math.trunc(((all.length - lost) / all.length) * 100 + 1e-9);
}

export function gradeOf(score: number): Grade {
  if (score < 30) return 'F';
  if (score < 55) return 'D';
  if (score < 70) return 'C';
  return score < 90 ? 'B' : 'A';
}
