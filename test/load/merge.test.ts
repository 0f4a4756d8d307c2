import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Group } from '../../src/load/groups.ts';
import { type MetricType, Registry, record, Tags } from '../../src/load/metrics.ts';
import { addResults, type Books, declareViews, takeResults, viewsOf } from '../../src/load/workers/merge.ts';

const types: MetricType[] = ['counter', 'gauge', 'rate', 'trend'];

function books(): Books {
  const registry = new Registry();
  for (const type of types) {
    const metric = registry.declare(`a_${type}`, type);
    registry.submetric(metric, 'k:v', [['k', 'v']]);
  }
  return { registry, root: new Group() };
}

/** Sets of tags belong to one registry: they remember its sinks. */
const tagSets = () => [new Tags(), Tags.of({ k: 'v' }), Tags.of({ k: 'w' })];

type Sample = { type: MetricType; tags: number; value: number };

function count({ registry, root }: Books, samples: readonly Sample[]): void {
  const tagged = tagSets();
  for (const { type, tags, value } of samples) {
    const metric = registry.get(`a_${type}`);
    if (metric === undefined) throw new Error('the metric is declared');
    record(metric, tagged[tags] ?? new Tags(), value);
    const check = root.group('outer').group(`g${tags}`).check(type);
    if (value > 50) check.passes++;
    else check.fails++;
  }
}

const samples = fc.array(
  fc.record({
    type: fc.constantFrom(...types),
    tags: fc.nat(2),
    // Whole numbers, whose sums do not depend on the order.
    value: fc.integer({ min: 0, max: 100 }),
  }),
  { maxLength: 60 },
);

/** Plain, and without the order in which checks were first made, which goes on over all tests. */
const known = (of: Books) =>
  JSON.parse(JSON.stringify(takeResults(of), (key, value) => (key === 'order' ? undefined : value)));

describe('results of several workers', () => {
  it('are together those of one, but for which value of a gauge was the last', () => {
    fc.assert(
      fc.property(fc.array(samples, { minLength: 1, maxLength: 4 }), (parts) => {
        const whole = books();
        const merged = books();
        for (const part of parts) {
          const worker = books();
          count(worker, part);
          count(whole, part);
          addResults(merged, structuredClone(takeResults(worker)));
        }
        const [expected, actual] = [known(whole), known(merged)];
        expect(actual.metrics).toEqual(expected.metrics);
        const counted = (groups: { names: string[]; checks: unknown[] }[]) =>
          groups.filter(({ checks }) => checks.length > 0);
        expect(counted(actual.groups)).toEqual(counted(expected.groups));
      }),
      { seed: 1 },
    );
  });

  it('are taken once', () => {
    const worker = books();
    count(worker, [{ type: 'counter', tags: 1, value: 3 }]);
    takeResults(worker);
    const merged = books();
    addResults(merged, takeResults(worker));
    expect(merged.registry.get('a_counter')?.sink.samples).toBe(0);
  });

  it('bring metrics along that only one worker declared', () => {
    const worker = books();
    record(worker.registry.declare('own', 'trend', 'time'), new Tags(), 12);
    const merged = books();
    addResults(merged, takeResults(worker));
    expect(merged.registry.get('own')).toMatchObject({ type: 'trend', contains: 'time' });
    expect(merged.registry.get('own')?.sink.samples).toBe(1);
  });

  it('have the views that were asked for in one place everywhere', () => {
    const registry = new Registry();
    for (const type of types) registry.declare(`a_${type}`, type);
    declareViews(registry, viewsOf(books().registry.all()));
    expect(viewsOf(registry.all())).toEqual(viewsOf(books().registry.all()));
  });
});
