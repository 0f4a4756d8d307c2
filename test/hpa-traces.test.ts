import { expect, it } from 'vitest';
import { FxscaleError } from '../src/errors.ts';
import { parseTrace } from '../src/hpa-traces.ts';

const good = {
  id: 'a',
  maxReplicas: 5,
  metrics: [{ type: 'External', averageValue_m: 1000 }],
  steps: [{ t: 0, spec: 1, status: 1, value_m: 2000 }],
};

function refusal(line: string): string {
  try {
    parseTrace(line, 'x.jsonl:2');
  } catch (error) {
    if (error instanceof FxscaleError && error.code === 'FILE') return error.message;
    throw error;
  }
  return 'nothing is wrong';
}

it('reads a trace, names a metric that has no name, and reads a tolerance as a quantity', () => {
  const behavior = { scaleUp: { tolerance: '50m' }, scaleDown: null };
  const trace = parseTrace(JSON.stringify({ ...good, behavior, unknown: 1 }), 'x.jsonl:1');
  expect(trace).toEqual({
    ...good,
    metrics: [{ type: 'External', name: 'metric', averageValue_m: 1000 }],
    behavior: { scaleUp: { tolerance: 0.05 }, scaleDown: null },
  });
});

it.each([
  ['hello', /^x\.jsonl:2: this line is not JSON: /],
  [{ maxReplicas: 'many' }, /^x\.jsonl:2: maxReplicas: .*number/],
  [{ maxReplicas: 2, minReplicas: 3 }, /^x\.jsonl:2: maxReplicas: is below minReplicas$/],
  [{ metrics: [{ type: 'External' }] }, /^x\.jsonl:2: metrics\[0\]: has to have exactly one target/],
  [
    { metrics: [{ type: 'Object', value_m: 1, averageValue_m: 1 }] },
    /^x\.jsonl:2: metrics\[0\]: has to have exactly one target/,
  ],
  [
    { behavior: { scaleUp: { tolerance: '5%' } } },
    /^x\.jsonl:2: behavior\.scaleUp\.tolerance: "5%" is not a/,
  ],
  [{ steps: [{ t: 0, spec: -1, status: 1 }] }, /^x\.jsonl:2: steps\[0\]\.spec: /],
  [
    { steps: [{ t: 0, spec: 1, status: 1, pods: [{ ph: 'X' }] }] },
    /^x\.jsonl:2: steps\[0\]\.pods\[0\]\.ph: /,
  ],
])('refuses %j in one line with the path of the field', (change, message) => {
  const text = refusal(typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }));
  expect(text).toMatch(message);
  expect(text).not.toContain('\n');
});
