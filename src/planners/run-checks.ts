import { FxscaleError } from '../errors.ts';
import { generatorLimit } from '../models/generator-limit.ts';
import { quantile } from '../models/quantile.ts';
import type { Run } from '../run.ts';
import type { Finding } from './findings.ts';
import { metersOf } from './meters.ts';
import { replicaMemory } from './observed.ts';
import { examineSources } from './source-checks.ts';
import { examineTogether } from './stale-runs.ts';

/** Shares of the iterations that may be left out, and of the requests that may fail, before it is worth a word. */
const DROPPED = 0.01;
const FAILED = 0.01;
/** Share of its peak by which memory may still rise in the last third of a run. */
const STEADY = 0.05;

/**
 * What was wrong with the runs themselves. Throws USAGE when one is there twice: it would count as two; REFUSED for runs of
 * several builds.
 */
export function examineRuns(runs: readonly Run[]): Finding[] {
  const ids = runs.map(({ header }) => header.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined)
    throw new FxscaleError('USAGE', `run ${twice} is given twice, and would count as two: leave one out`);
  return [
    ...examineTogether(runs),
    ...runs.flatMap((run) => [
      ...examineEnd(run),
      ...examineGenerator(run),
      ...examineFailures(run),
      ...examineSources(run),
      ...examineSeries(run),
      ...examineMemory(run),
    ]),
  ];
}

function examineEnd(run: Run): Finding[] {
  if (run.end) return [];
  const seconds = run.rows.at(-1)?.t ?? 0;
  return [{ code: 'RUN_INCOMPLETE', severity: 'warning', args: { run: run.header.id, seconds } }];
}

function examineGenerator(run: Run): Finding[] {
  const generator = run.rows.map((row) => row.generator);
  const limit = generatorLimit(generator, run.header.workers ?? 1);
  const dropped = generator.reduce((sum, row) => sum + row.dropped, 0);
  const iterations = generator.reduce((sum, row) => sum + row.iterations, 0);
  if (limit === undefined && dropped <= DROPPED * iterations) return [];
  const { scheduleLag = 0, cpu = 0 } = limit ?? {};
  const args = { run: run.header.id, scheduleLag, dropped, cpu };
  return [{ code: 'GENERATOR_LIMITED', severity: 'error', args }];
}

function examineFailures(run: Run): Finding[] {
  const all = run.rows.flatMap((row) => Object.values(row.classes));
  const count = all.reduce((sum, row) => sum + row.count, 0);
  const share = count === 0 ? 0 : all.reduce((sum, row) => sum + row.failures, 0) / count;
  return share <= FAILED
    ? []
    : [{ code: 'REQUESTS_FAILED', severity: 'warning', args: { run: run.header.id, share } }];
}

function examineSeries(run: Run): Finding[] {
  const bySource = new Map<string, { gaps: number; seconds: number; resets: number }>();
  for (const { resource, source, parts } of metersOf(run)) {
    // The meters of one source share its samples: what is worst in any of them happened once.
    if (resource === 'growthBytes') continue;
    const worst = bySource.get(source) ?? { gaps: 0, seconds: 0, resets: 0 };
    bySource.set(source, {
      gaps: Math.max(
        worst.gaps,
        parts.reduce((sum, part) => sum + part.gaps.count, 0),
      ),
      seconds: Math.max(
        worst.seconds,
        parts.reduce((sum, part) => sum + part.gaps.seconds, 0),
      ),
      resets: Math.max(
        worst.resets,
        parts.reduce((sum, part) => sum + part.resets, 0),
      ),
    });
  }
  return [...bySource].flatMap(([source, { gaps, seconds, resets }]): Finding[] => [
    ...(gaps > 0 ? [gap({ run: run.header.id, source, gaps, seconds })] : []),
    ...(resets > 0 ? [reset({ run: run.header.id, source, resets })] : []),
  ]);
}

const gap = (args: Extract<Finding, { code: 'GAP' }>['args']): Finding => ({
  code: 'GAP',
  severity: 'warning',
  args,
});
const reset = (args: Extract<Finding, { code: 'COUNTER_RESET' }>['args']): Finding => ({
  code: 'COUNTER_RESET',
  severity: 'warning',
  args,
});

function examineMemory(run: Run): Finding[] {
  const rates = [...replicaMemory(run).values()].flatMap((points) => {
    const third = Math.floor(points.length / 3);
    const [before, after] = [points.slice(third, 2 * third), points.slice(2 * third)];
    if (third < 5) return [];
    const level = (part: typeof points) =>
      quantile(
        part.map(({ bytes }) => bytes),
        0.5,
      );
    const rise = level(after) - level(before);
    const apart = (after.at(-1)?.t ?? 0) - (before.at(-1)?.t ?? 0);
    return rise > STEADY * level(after) ? [rise / apart] : [];
  });
  if (rates.length === 0) return [];
  return [
    {
      code: 'MEMORY_STILL_RISING',
      severity: 'warning',
      args: { run: run.header.id, rate: Math.max(...rates) },
    },
  ];
}
