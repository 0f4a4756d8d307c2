import { expect, it } from 'vitest';
import { Group } from '../../src/load/groups.ts';
import { declareBuiltins, Registry, record, Tags } from '../../src/load/metrics.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { summaryData } from '../../src/load/summary-data.ts';
import { Thresholds } from '../../src/load/thresholds.ts';
import { renderK6Summary } from '../../src/report/k6-summary.ts';

/** A run of 4 s with one request of 2 ms, two checks and a counter of the script's own. */
function finished(thresholds: Record<string, string[]>, judged = true) {
  const { options } = resolveOptions({
    script: { thresholds, summaryTrendStats: ['med', 'p(90)', 'count'] },
  });
  const registry = new Registry();
  const builtins = declareBuiltins(registry);
  const own = registry.declare('orders', 'counter');
  registry.declare('unused', 'gauge');
  const checked = new Thresholds(judged ? options.thresholds : []);
  checked.register(registry);
  const root = new Group();
  const tags = new Tags().with('group', '');
  record(builtins.httpReqs, tags, 1);
  record(builtins.httpReqDuration, tags.with('expected_response', 'true'), 2);
  record(builtins.checks, tags, 1);
  record(builtins.checks, tags, 0);
  root.check('fine').passes = 1;
  root.group('g').check('slow').fails = 1;
  record(own, tags.with('kind', 'a'), 2);
  record(own, tags, 4);
  record(builtins.vus, tags, 3);
  record(builtins.dataSent, tags, 70);
  const { verdicts } = checked.judge(4, true);
  return summaryData({ registry, root }, verdicts, 4, options);
}

it('has every metric with samples, by type', () => {
  expect(finished({})).toEqual({
    seconds: 4,
    trendStats: ['med', 'p(90)', 'count'],
    timeUnit: '',
    checks: [
      { name: 'fine', path: '::fine', passes: 1, fails: 0 },
      { name: 'slow', path: '::g::slow', passes: 0, fails: 1 },
    ],
    metrics: [
      {
        name: 'vus',
        type: 'gauge',
        contains: 'default',
        values: { value: 3, min: 3, max: 3 },
        thresholds: [],
      },
      {
        name: 'checks',
        type: 'rate',
        contains: 'default',
        values: { rate: 0.5, passes: 1, fails: 1 },
        thresholds: [],
      },
      {
        name: 'http_reqs',
        type: 'counter',
        contains: 'default',
        values: { count: 1, rate: 0.25 },
        thresholds: [],
      },
      {
        name: 'http_req_duration',
        type: 'trend',
        contains: 'time',
        values: { med: 2, 'p(90)': 2, count: 1 },
        thresholds: [],
      },
      {
        name: 'http_req_duration',
        selector: 'expected_response:true',
        type: 'trend',
        contains: 'time',
        values: { med: 2, 'p(90)': 2, count: 1 },
        thresholds: [],
      },
      {
        name: 'data_sent',
        type: 'counter',
        contains: 'data',
        values: { count: 70, rate: 17.5 },
        thresholds: [],
      },
      {
        name: 'orders',
        type: 'counter',
        contains: 'default',
        values: { count: 6, rate: 1.5 },
        thresholds: [],
      },
    ],
  });
});

it('has what thresholds name even without samples, with its verdicts, unless they are off', () => {
  const thresholds = {
    'orders{ kind:a }': ['count>1'],
    unused: [],
    'dropped_iterations{scenario:x}': ['count<1'],
  };
  const shown = (data: ReturnType<typeof finished>) =>
    data.metrics.map(({ name, selector }) => (selector === undefined ? name : `${name}{${selector}}`));
  const data = finished(thresholds);
  const without = shown(finished({}));
  expect(shown(data).filter((name) => !without.includes(name))).toEqual([
    'dropped_iterations',
    'dropped_iterations{scenario:x}',
    'orders{kind:a}',
    'unused',
  ]);
  expect(data.metrics.find(({ selector }) => selector === 'kind:a')).toMatchObject({
    values: { count: 2, rate: 0.5 },
    thresholds: [{ expression: 'count>1', aggregation: 'count', value: 2, ok: true }],
  });
  expect(shown(finished(thresholds, false))).toEqual(without);
});

it('is what the summary is printed from', () => {
  const text = renderK6Summary(finished({ orders: ['count>9'], checks: ['rate>0.4'] }), { color: false });
  expect(text).toMatchInlineSnapshot(`
    "

      █ THRESHOLDS 

        checks
        ✓ 'rate>0.4' rate=50.00%

        orders
        ✗ 'count>9' count=6


      █ TOTAL RESULTS 

        checks_total.......: 2      0.5/s
        checks_succeeded...: 50.00% 1 out of 2
        checks_failed......: 50.00% 1 out of 2

        ✓ fine
        ✗ slow
          ↳  0% — ✓ 0 / ✗ 1

        CUSTOM
        orders.........................: 6    1.5/s

        HTTP
        http_req_duration..............: med=2ms p(90)=2ms count=1
          { expected_response:true }...: med=2ms p(90)=2ms count=1
        http_reqs......................: 1    0.25/s

        EXECUTION
        vus............................: 3    min=3  max=3

        NETWORK
        data_sent......................: 70 B 18 B/s



    "
  `);
});
