import type { Cause } from '../models/world/violation.ts';

/** Why the SLO was not kept, as the end of "because". */
export const causeWords: Readonly<Record<Cause, string>> = {
  noNode: 'pods had no node',
  starting: 'pods were starting',
  asleep: 'KEDA kept no pod, and had not seen that there was work',
  partitions: 'every partition of the topic had its consumer already',
  atMax: 'the HPA was at maxReplicas',
  policy: 'the scale-up policies allowed no more',
  stabilization: 'the scale-up stabilization window held',
  noMetrics: 'the HPA had no metrics',
  metricsLag: 'the metrics did not show it yet',
  target: 'the target leaves too little headroom',
  backlog: 'a backlog was being worked off',
  chance: 'arrivals came in a bunch',
};

/** Shown to a reader in UTC: `Mon 1 Jun 12:30`. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = days[date.getUTCDay()];
  const month = months[date.getUTCMonth()];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${day} ${date.getUTCDate()} ${month} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The causes of a violation, the longest first: of each its share in words. */
export function causesText(causes: Partial<Record<Cause, number>>, most: number): string {
  return (Object.entries(causes) as [Cause, number][])
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([cause, seconds]) => `${causeWords[cause]} (${minutes(seconds)})`)
    .join(', ');
}

/** `35 s`, `12 min` or `3.5 h`. */
export function minutes(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
