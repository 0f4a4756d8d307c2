import { quantile } from '../models/quantile.ts';
import type { Run } from '../run.ts';
import type { Finding } from './findings.ts';

/** A source may begin so much after the run, and end so much before it: seconds, and distances of its readings. */
const SLACK = 2.5;

/** Sources that answered late, not to the end, or not at all. */
export function examineSources(run: Run): Finding[] {
  const seconds = run.end?.t ?? run.rows.at(-1)?.t ?? 0;
  const names = new Set([...run.header.sources, ...run.samples].map(({ source }) => source));
  return [...names].flatMap((source): Finding[] => {
    const times = run.samples.filter((sample) => sample.source === source).map(({ t }) => t);
    const [from, to] = [times[0] ?? seconds, times.at(-1) ?? 0];
    const distances = times.slice(1).map((t, i) => t - (times[i] as number));
    const usual = distances.length === 0 ? 1 : quantile(distances, 0.5);
    const slack = SLACK * Math.max(1, usual);
    if (times.length > 0 && from <= slack && to >= seconds - slack) return [];
    const args = { run: run.header.id, source, from, to: Math.max(from, to), seconds, samples: times.length };
    return [{ code: 'SOURCE_PARTLY_READ', severity: 'warning', args }];
  });
}
