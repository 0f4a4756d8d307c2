import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../src/planners/plan.ts';
import type { Plan } from '../../src/planners/types.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { declaredPlan, measuredPlan, storagePlan } from './plans.ts';

const plain = (plan: Plan, width = 100) => renderTerminal(plan, { color: false, width });

describe('a plan on the terminal', () => {
  it('from measurements', async () => {
    await expect(plain(measuredPlan)).toMatchFileSnapshot('../golden/plan.terminal.txt');
  });

  it('from declared figures', () => {
    expect(plain(declaredPlan, 80)).toMatchInlineSnapshot(`
      "Run          30 replicas of 500m CPU and 512Mi memory
      Why          a peak of 1,000/s takes 30; CPU decides, memory alone would take 8
      How sure     as far as the declared figures are: nothing was measured

      ──────────────────────────────────────────────────────────────────────────────
      Service         One request uses (95%)  The peak needs  Recommended
      Service CPU     request 10ms            15 cores        30 × 500m, limit 1
      Service memory                          8 × 512Mi       512Mi each, limit 1Gi
      ──────────────────────────────────────────────────────────────────────────────

      Planned for  a peak of 1,000/s
      Based on     declared figures only: nothing was measured

      Warning      Nothing was measured for replicas, cpu and memory: they rest on
                   declared figures and default costs per request. A run with
                   --collect replaces them.
      "
    `);
  });

  it('for the tiers beside the service and its database', async () => {
    const plan = planCapacity([], {
      worlds: 100,
      kafkaRate: { low: 30_000, mid: 50_000, high: 80_000 },
      consumerRate: 2000,
      cacheKeys: 2e6,
      cacheOps: 30_000,
      jobRate: 200,
      jobTime: 0.05,
      wsConnections: 50_000,
      wsPerReplica: 8000,
      events: [{ name: 'news', multiplier: 2, rise: 60, decay: 600 }],
    });
    await expect(plain(plan, 100)).toMatchFileSnapshot('../golden/plan-tiers.terminal.txt');
  });

  it('for a database alone', () => {
    expect(plain(storagePlan, 80)).toMatchInlineSnapshot(`
      "Database     3.45 TiB of storage, 926 IOPS, 100 connections

      ────────────────────────────────────────────────────────────────────────────────
      Database              One request uses (95%)  The peak needs   Recommended
      Database connections                          60 open          max_connections
                                                                     100
      IOPS in all                                   463/s, 289       926/s
                                                    read, 174
                                                    written
      Stored data                                   286 GiB a month  3.45 TiB, full
                                                                     in 42 days
      ────────────────────────────────────────────────────────────────────────────────

      Based on     declared figures only: nothing was measured

      Warning      The 500 GiB of storage are full in 42 days.
      "
    `);
  });

  it('that must not be used says so first', () => {
    const args = { replicas: 21, pool: 8, total: 168, max: 100, reserved: 3, servers: 30, direct: 171 };
    const wrong: Plan = {
      ...declaredPlan,
      findings: [...declaredPlan.findings, { code: 'POOL_EXCEEDS_MAX_CONNECTIONS', severity: 'error', args }],
    };
    const lines = plain(wrong).split('\n');
    expect(lines[0]).toBe('Do not use this plan as it stands: see the error below.');
    expect(lines.filter((line) => /^(Error|Warning)/.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'Error',
      'Warning',
    ]);
  });

  it('marks what is declared among what is measured', () => {
    const mixed: Plan = {
      ...measuredPlan,
      basis: 'mixed',
      storage: measuredPlan.storage && { ...measuredPlan.storage, basis: 'declared' },
    };
    expect(plain(mixed, 120)).toMatch(/Stored data .* 132 GiB \(declared\)\n/);
    expect(plain(mixed, 120).match(/\(declared\)/g)).toHaveLength(1);
    expect(plain(mixed)).toMatch(/; what was not\s+measured\s+is declared\n/);
  });

  it('says when something gives way below the planned rate', () => {
    const plan: Plan = { ...measuredPlan, bottleneck: { resource: 'iops', atRate: 2000, basis: 'measured' } };
    expect(plain(plan)).toContain('Breaks next  IOPS at 2,000/s, below the planned 3,600/s; then');
  });

  it('fits every width, and colours add nothing but colour', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    const colours = /\u001b\[\d+m/g;
    fc.assert(
      fc.property(
        fc.constantFrom(measuredPlan, declaredPlan, storagePlan),
        fc.integer({ min: 60, max: 200 }),
        (plan, width) => {
          const text = plain(plan, width);
          for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(Math.min(width, 120));
          const coloured = renderTerminal(plan, { color: true, width });
          expect(coloured).toMatch(colours);
          const trimmed = (all: string) => all.replaceAll(/ +$/gm, '');
          expect(trimmed(coloured.replaceAll(colours, ''))).toBe(text);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('leaves out classes that cost next to nothing of a resource', () => {
    const text = plain(measuredPlan);
    const wal = text.split('\n').findIndex((line) => line.startsWith('WAL'));
    expect(
      text
        .split('\n')
        .slice(wal, wal + 2)
        .join(),
    ).not.toContain('quote');
  });
});

describe('a plan as Markdown', () => {
  it('from measurements', async () => {
    await expect(renderMarkdown(measuredPlan)).toMatchFileSnapshot('../golden/plan.md');
  });

  it('does not let names become markup', () => {
    const plan: Plan = { ...declaredPlan, demand: { 'a|<b>*': declaredPlan.demand.request ?? {} } };
    expect(renderMarkdown(plan)).toContain('| Service CPU | a\\|\\<b\\>\\* 10ms | 15 cores |');
  });
});

it('is one JSON document that says all of the plan', () => {
  const text = renderJson(measuredPlan);
  expect(JSON.parse(text)).toEqual(measuredPlan);
  expect(text.endsWith('}\n')).toBe(true);
});
