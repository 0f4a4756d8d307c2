import { check, group } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const counter = new Counter('mine');

export const options = { thresholds: { mine: ['count==2'], 'http_reqs{status:200}': ['count>0'] } };

export function setup() {
  return { from: 'setup' };
}

export default function () {
  group('g', () =>
    check(http.get(`${__ENV.BASE}/get`), { ok: ({ status }) => status === 200, no: () => false }),
  );
  counter.add(2);
}

function shape(value) {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, shape(value[key])]),
  );
}

export function handleSummary(data) {
  console.log(Object.keys(data).sort().join(), JSON.stringify(data.options), JSON.stringify(data.setup_data));
  const { metrics, root_group: root } = data;
  console.log(
    JSON.stringify(metrics.mine.values.count),
    JSON.stringify(metrics.checks.values),
    JSON.stringify(metrics.mine.thresholds),
  );
  for (const name of ['vus', 'vus_max']) delete metrics[name];
  return {
    stdout: 'to stdout\n',
    stderr: 'to stderr\n',
    'shape.json': JSON.stringify(shape(metrics), null, 1),
    'groups.json': JSON.stringify(root, ['name', 'path', 'id', 'groups', 'checks', 'passes', 'fails']),
    'folder.txt': 'plain',
  };
}
