import type { Listener, Metric, Registry, Tags } from './metrics.ts';

/**
 * Results by scenario and by group, for the full summary. They are counted in metrics of their own, whose names no
 * script can declare, so that they are merged between threads like all others. A group's part has what was recorded
 * in that very group, not in those inside it.
 */
export type Part = {
  readonly metric: string;
  /** Empty outside of scenarios. */
  readonly scenario: string;
  /** `::a::b`; undefined for the scenario as a whole. */
  readonly group: string | undefined;
  /** Set for the results of one check. */
  readonly check: string | undefined;
};

const SEPARATOR = '\u0000';
/** k6 tells what setup and teardown did in their groups only. */
const outermost = new Set(['', '::setup', '::teardown']);

/** Counts every metric of `registry` by part, too; must be asked for before the first sample. */
export function breakDown(registry: Registry): void {
  registry.tapInto((metric, tags) => {
    const listeners = partsOf(metric, tags).map(
      (part) => registry.declare(nameOf(part), metric.type, metric.contains).sink as Listener,
    );
    return {
      add(value) {
        for (const listener of listeners) listener.add(value);
      },
    };
  });
}

function partsOf({ name: metric }: Metric, tags: Tags): Part[] {
  const scenario = tags.get('scenario') ?? '';
  const path = tags.get('group') ?? '';
  const check = metric === 'checks' ? tags.get('check') : undefined;
  const groups = [...(scenario === '' ? [] : [undefined]), ...(outermost.has(path) ? [] : [path])];
  const names = check === undefined ? [undefined] : [undefined, check];
  return groups.flatMap((group) => names.map((name) => ({ metric, scenario, group, check: name })));
}

function nameOf({ metric, scenario, group, check }: Part): string {
  return [metric, scenario, group ?? '', check ?? ''].join(SEPARATOR);
}

/** What is counted under that name, or undefined for an ordinary metric. */
export function partOf(name: string): Part | undefined {
  const [metric = '', scenario, group, check] = name.split(SEPARATOR);
  if (scenario === undefined) return undefined;
  return { metric, scenario, group: group || undefined, check: check || undefined };
}
