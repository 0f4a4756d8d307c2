import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderK6Summary, type SummaryCheck, type SummaryMetric } from '../../src/report/k6-summary.ts';

const folder = new URL('../fixtures/k6/summary/', import.meta.url);
const names = readdirSync(folder).flatMap((file) =>
  file.endsWith('.out') ? [file.slice(0, -'.out'.length)] : [],
);

type Group = { groups: Record<string, Group>; checks: Record<string, SummaryCheck> };
type Export = {
  root_group: Group;
  metrics: Record<string, Record<string, number> & { thresholds?: Record<string, boolean> }>;
};

function checksOf(group: Group): SummaryCheck[] {
  return [...Object.values(group.checks), ...Object.values(group.groups).flatMap(checksOf)];
}

const times = /time|^iteration_duration$|^group_duration$|^http_req_(?!failed|s$)/;

function metricOf(key: string, { thresholds = {}, ...values }: Export['metrics'][string]): SummaryMetric {
  const [, name = key, selector] = /^([^{]*)\{(.*)\}$/.exec(key) ?? [];
  const { count, rate, value, passes } = values;
  const type =
    passes !== undefined
      ? 'rate'
      : value !== undefined
        ? 'gauge'
        : count !== undefined && rate !== undefined
          ? 'counter'
          : 'trend';
  const own = type === 'rate' ? { ...values, rate: value ?? 0 } : values;
  return {
    name,
    ...(selector !== undefined && { selector }),
    type,
    contains: name.startsWith('data_') ? 'data' : times.test(name) ? 'time' : 'default',
    values: own,
    // In an export, true means crossed.
    thresholds: Object.entries(thresholds).map(([expression, crossed]) => {
      const aggregation = /^[a-z]+(\([^)]*\))?/.exec(expression)?.[0] ?? '';
      return { expression, aggregation, value: own[aggregation] ?? Number.NaN, ok: !crossed };
    }),
  };
}

/** The numbers of a recorded run. An export has no order: checks and conditions take theirs from the text. */
function recorded(name: string) {
  const text = readFileSync(new URL(`${name}.out`, folder), 'utf8');
  const file = JSON.parse(readFileSync(new URL(`${name}.export.json`, folder), 'utf8')) as Export;
  const inText = (a: string, b: string) => text.indexOf(a) - text.indexOf(b);
  const metrics = Object.entries(file.metrics).map(([key, metric]) => {
    const summary = metricOf(key, metric);
    const thresholds = summary.thresholds.toSorted((a, b) =>
      inText(`'${a.expression}'`, `'${b.expression}'`),
    );
    return { ...summary, thresholds };
  });
  const { count = 0, rate = 1 } = file.metrics.iterations ?? {};
  const trendStats = [...(/iteration_duration\.*: (.*)/.exec(text)?.[1] ?? '').matchAll(/(\S+)=/g)].map(
    ([, stat]) => stat ?? '',
  );
  const checks = checksOf(file.root_group).toSorted((a, b) => inText(` ${a.name}\n`, ` ${b.name}\n`));
  const timeUnit = (/^units-(s|ms|us)$/.exec(name)?.[1] ?? '') as '' | 's' | 'ms' | 'us';
  return { text, data: { seconds: count / rate, trendStats, timeUnit, metrics, checks } };
}

describe('renderK6Summary', () => {
  it('has all recorded runs', () => {
    expect(names.length).toBeGreaterThan(25);
  });

  it.each(names)('prints what k6 printed for %s', (name) => {
    const { text, data } = recorded(name);
    expect(renderK6Summary(data, { color: false })).toBe(text);
  });

  it.each(names)('has the same text under its colours for %s', (name) => {
    const { text, data } = recorded(name);
    const coloured = renderK6Summary(data, { color: true });
    expect(coloured).toContain('\u001b[1mTOTAL RESULTS\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is looked for
    expect(coloured.replace(/\u001b\[[0-9;]*m/g, '')).toBe(text);
  });

  it('marks verdicts as k6 does on a terminal', () => {
    const { data } = recorded('thresholds');
    const lines = renderK6Summary(data, { color: true }).split('\n');
    const [reset, white, cyan] = ['\u001b[0m', '\u001b[37m', '\u001b[36m'];
    expect(lines).toContain(
      `    \u001b[31m✗${reset} ${white}'rate>0.9'${reset} ${white}rate${reset}=${cyan}58.33%${reset}`,
    );
    expect(lines).toContain(
      `      \u001b[32m✓${reset} ${white}'rate==1'${reset} ${white}rate${reset}=${cyan}100.00%${reset}`,
    );
    expect(lines).toContain(`      \u001b[31m↳  33% — ✓ 2 / ✗ 4${reset}`);
  });

  it('counts checks of the same name in several groups as one', () => {
    const check = { name: 'a', passes: 1, fails: 0 };
    const rate: SummaryMetric = {
      name: 'checks',
      type: 'rate',
      contains: 'default',
      values: { rate: 2 / 3, passes: 2, fails: 1 },
      thresholds: [],
    };
    const data = {
      seconds: 2,
      trendStats: [],
      timeUnit: '' as const,
      metrics: [rate],
      checks: [
        { ...check, path: '::g::a' },
        { ...check, path: '::a' },
        { name: 'a', path: '::h::a', passes: 0, fails: 1 },
      ],
    };
    expect(renderK6Summary(data, { color: false })).toMatchInlineSnapshot(`
      "

        █ TOTAL RESULTS 

          checks_total.......: 3      1.5/s
          checks_succeeded...: 66.66% 2 out of 3
          checks_failed......: 33.33% 1 out of 3

          ✗ a
            ↳  66% — ✓ 2 / ✗ 1



      "
    `);
  });
});
