import { describe, expect, it } from 'vitest';
import { diffPlans } from '../../src/planners/diff/plan-diff.ts';
import type { Plan } from '../../src/planners/types.ts';
import { figureAt } from '../../src/report/figure-words.ts';
import { renderPlanDiff, renderPlanDiffMarkdown } from '../../src/report/plan-diff.ts';
import { measuredPlan, storagePlan } from './plans.ts';

/** The same service when a trade costs 18 % more CPU, for a higher peak. */
function later(): Plan {
  const plan = structuredClone(measuredPlan);
  const cpu = plan.demand.trade?.platformCpu;
  if (!cpu?.separable || !plan.replicas || !plan.load || !plan.inputs.peak || !plan.cpu)
    throw new Error('no plan');
  Object.assign(cpu, { value: 0.00253, low: 0.0024, high: 0.00266 });
  const wal = plan.demand.trade?.walBytes;
  if (wal?.separable) Object.assign(wal, { value: 2700, low: 2450, high: 2950 });
  plan.inputs.peak.rate = 1100;
  plan.load.peak = 1320;
  Object.assign(plan.replicas, { byCpu: 19, recommended: 20 });
  Object.assign(plan.cpu, { atPeak: 4.25, atPeakUpper: 4.5 });
  plan.findings = plan.findings.filter(({ code }) => code !== 'WARMUP_SKIPPED');
  plan.bottleneck = { resource: 'connections', atRate: 3500, basis: 'measured' };
  return plan;
}

describe('two plans against each other', () => {
  const diff = diffPlans(measuredPlan, later());

  it('on the terminal, the answer first', async () => {
    const text = renderPlanDiff(diff, { color: false, width: 80 });
    await expect(text).toMatchFileSnapshot('../golden/plan-diff.terminal.txt');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(renderPlanDiff(diff, { color: true })).toContain('\u001b[1m');
  });

  it('as Markdown, without the markup of names', async () => {
    await expect(renderPlanDiffMarkdown(diff)).toMatchFileSnapshot('../golden/plan-diff.md');
    const named = {
      ...later(),
      demand: { '<b>|': { platformCpu: later().demand.trade?.platformCpu } },
    } as Plan;
    const before = { ...named, demand: { '<b>|': measuredPlan.demand.trade } } as Plan;
    expect(renderPlanDiffMarkdown(diffPlans(before, named))).toContain('\\<b\\>\\|: service CPU');
  });

  it('say so when nothing differs, and when only one is for a service', () => {
    const answer = (a: Plan, b: Plan) => renderPlanDiff(diffPlans(a, b), { color: false }).split('\n')[0];
    expect(answer(measuredPlan, structuredClone(measuredPlan))).toBe('The plans are the same.');
    expect(answer(storagePlan, measuredPlan)).toBe('Only the second plan is for a service: 17 replicas.');
    expect(answer(measuredPlan, storagePlan)).toBe('Only the first plan is for a service: 17 replicas.');
    expect(answer(measuredPlan, { ...measuredPlan, inputs: { ...measuredPlan.inputs, seed: 2 } })).toBe(
      '17 replicas as before.',
    );
  });

  it('say what that costs, where both have prices', () => {
    const costs = (recommended: number) =>
      ({ ...measuredPlan, cost: { currency: 'USD', perMonth: { recommended } } }) as unknown as Plan;
    expect(renderPlanDiff(diffPlans(costs(1000), costs(1200)), { color: false }).split('\n')[0]).toBe(
      '17 replicas as before. A month costs 20% more (1,000 → 1,200).',
    );
  });

  it('tell findings that this version does not know by their code', () => {
    const unknown = {
      code: 'FROM_ANOTHER_VERSION',
      severity: 'info',
      args: {},
    } as unknown as Plan['findings'][0];
    const text = renderPlanDiff(diffPlans(measuredPlan, { ...measuredPlan, findings: [unknown] }), {
      color: false,
    });
    expect(text).toContain('FROM_ANOTHER_VERSION');
  });
});

it.each([
  ['load.peak', 1200, '1,200/s'],
  ['replicas.byCpu', 4, '4'],
  ['cpu.request', 0.5, '0.5 cores'],
  ['cpu.targetUtilisation', 0.58, '58%'],
  ['memory.limit', 2 ** 30, '1 GiB'],
  ['memory.connections', 250, '250'],
  ['storage.daysUntilFull', 40, '40'],
  ['storage.growthPerDay', 2 ** 20, '1 MiB'],
  ['connections.acquireWait', 0.002, '2ms'],
  ['inputs.startup', 20, '20s'],
  ['iops.peak', 1293, '1,293'],
  ['database.required', 1.43, '1.43'],
  ['saturations[iops].atRate', 8350, '8,350/s'],
])('the figure at %s is told with its unit', (path, value, text) => {
  expect(figureAt(path, value)).toBe(text);
});
