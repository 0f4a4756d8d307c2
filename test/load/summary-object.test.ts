import { expect, it } from 'vitest';
import { Group } from '../../src/load/groups.ts';
import { handleSummaryData, machineReadableSummary, summaryExport } from '../../src/load/summary-object.ts';
import { read, replayed } from '../replay.ts';

const summaryTrendStats = ['avg', 'p(99.9)', 'count', 'max'];
const { summary, root, options } = replayed('hs', false, { summaryTrendStats });
const finished = { summary, root, setupData: '{"a":1,"s":"x"}' };

/** Percentiles are those of k6 to 0.1 %, all other numbers to the last digit but one. */
function near(ours: unknown, theirs: unknown, path = ''): void {
  if (typeof theirs === 'number' && typeof ours === 'number') {
    const limit = path.includes('p(') ? 1e-3 : 1e-9;
    expect(Math.abs(ours - theirs), path).toBeLessThanOrEqual(limit * Math.abs(theirs));
    return;
  }
  if (typeof theirs !== 'object' || theirs === null || typeof ours !== 'object' || ours === null) {
    expect(ours, path).toEqual(theirs);
    return;
  }
  expect(Object.keys(ours).sort(), path).toEqual(Object.keys(theirs).sort());
  for (const [key, value] of Object.entries(theirs))
    near((ours as Record<string, unknown>)[key], value, `${path}/${key}`);
}

it('hands to handleSummary what k6 hands to it', () => {
  const terminal = { noColor: true, isStdOutTTY: false, isStdErrTTY: false };
  near(handleSummaryData(finished, options, terminal), JSON.parse(read('hs.data.json')));
});

it('has the groups of setup and teardown only when something is in them', () => {
  const groups = new Group();
  groups.group('setup').check('made ready');
  groups.group('teardown');
  groups.group('own');
  const terminal = { noColor: true, isStdOutTTY: false, isStdErrTTY: false };
  const data = handleSummaryData({ ...finished, root: groups }, options, terminal);
  expect(data).toMatchObject({ root_group: { groups: [{ name: 'setup' }, { name: 'own' }] } });
});

it('exports the summary as k6 does, where true means crossed', () => {
  const text = summaryExport(finished);
  near(JSON.parse(text), JSON.parse(read('hs.export.json')));
  expect(text.startsWith('{\n    "root_group": {\n        "name": "",')).toBe(true);
});

it('has the machine-readable form, with null for what was not asked for', () => {
  const theirs = JSON.parse(read('hs.readable.json'));
  const ours = machineReadableSummary(finished, {
    script: theirs.config.script,
    generatedAt: theirs.metadata.generated_at,
    k6Version: '2.0.0',
    mode: 'compact',
  }) as typeof theirs;
  const names = (metrics: { name: string }[]) => metrics.map(({ name }) => name).sort();
  expect(names(ours.results.metrics)).toEqual(names(theirs.results.metrics));
  expect({ ...ours, results: 0, config: 0 }).toEqual({ ...theirs, results: 0, config: 0 });
  expect(ours.results.checks).toEqual(theirs.results.checks);
  const of = (all: { name: string; values: object }[], name: string) => all.find((one) => one.name === name);
  for (const name of ['tt', 'rr', 'gg', 'cc', 'cc{a:b}', 'http_req_duration'])
    expect(of(ours.results.metrics, name)).toEqual(of(theirs.results.metrics, name));
});
