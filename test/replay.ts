import { readFileSync } from 'node:fs';
import { breakDown } from '../src/load/breakdown.ts';
import { Group } from '../src/load/groups.ts';
import {
  type Contains,
  declareBuiltins,
  type MetricType,
  Registry,
  record,
  Tags,
} from '../src/load/metrics.ts';
import { resolveOptions } from '../src/load/options.ts';
import { summaryData } from '../src/load/summary-data.ts';
import { Thresholds } from '../src/load/thresholds.ts';
import { addResults, takeResults } from '../src/load/workers/merge.ts';

const folder = new URL('./fixtures/k6/full/', import.meta.url);
export const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

type Line = {
  type: string;
  metric: string;
  data: { type: MetricType; contains: Contains; value: number; tags: Record<string, string> };
};
type Export = { metrics: { iterations: { count: number; rate: number } } };

const deep = { cc: ['count>0', 'rate<0'], 'cc{a:b}': ['count>1'], rr: ['rate>0.5'], tt: [] };
/** The thresholds of the recorded scripts. */
export const recorded: Record<string, object> = {
  all: {
    'rr{a:b}': ['rate>=0'],
    'checks{group:::z}': ['rate>0'],
    'http_req_duration{expected_response:true}': ['avg<999'],
  },
  deep,
  deep2: deep,
  single: {},
  setup2: {},
  named: {},
  'default-and-named': {},
  hs: {
    cc: ['count>0', 'rate<0'],
    'cc{a:b}': ['count>1'],
    rr: ['rate>0.5'],
    tt: [],
    checks: ['rate>0.9'],
    http_req_duration: ['p(95)<1'],
    http_reqs: ['count==0'],
  },
};

/** Records k6's samples again, in a thread of their own as it were, and summarises them. */
export function replayed(name: string, full: boolean, extra: object = {}) {
  const { options } = resolveOptions({ script: { thresholds: recorded[name], ...extra } });
  const lines = read(`${name}.ndjson`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const [worker, main] = [1, 2].map(() => {
    const registry = new Registry();
    declareBuiltins(registry);
    for (const { type, metric, data } of lines)
      if (type === 'Metric') registry.declare(metric, data.type, data.contains);
    const judges = new Thresholds(options.thresholds);
    judges.register(registry);
    return { registry, root: new Group(), judges };
  });
  if (worker === undefined || main === undefined) throw new Error('there are two');
  if (full) breakDown(worker.registry);
  const none = new Tags();
  for (const { type, metric: name, data } of lines) {
    const metric = worker.registry.get(name);
    if (type !== 'Point' || metric === undefined) continue;
    record(
      metric,
      Object.entries(data.tags).reduce((tags, [key, value]) => tags.with(key, value), none),
      data.value,
    );
    const { check, group = '' } = data.tags;
    if (name !== 'checks' && name !== 'group_duration') continue;
    const place = group
      .split('::')
      .slice(1)
      .reduce((parent, one) => parent.group(one), worker.root);
    if (check === undefined) continue;
    const counted = place.check(check);
    if (data.value === 0) counted.fails++;
    else counted.passes++;
  }
  addResults(main, takeResults(worker));
  const { count, rate } = (JSON.parse(read(`${name}.export.json`)) as Export).metrics.iterations;
  const { verdicts } = main.judges.judge(count / rate, true);
  return { summary: summaryData(main, verdicts, count / rate, options), root: main.root, options };
}
