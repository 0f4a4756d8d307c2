import { afterAll, expect, it } from 'vitest';
import type { Plan } from '../../src/planners/types.ts';
import { Folder } from './fxscale.ts';
import { inProcess } from './in-process.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const DAY = 86_400;
const START = Date.parse('2026-06-01T00:00:00Z') / 1000;

/** Three days by the minute, between 100/s at midnight and 300/s at noon. */
const rate = (t: number) => 200 - 100 * Math.cos((2 * Math.PI * (t - START)) / DAY);
const minutes = Array.from({ length: (3 * DAY) / 60 }, (_, i) => START + i * 60);
const csv = folder.write('rate.csv', `time,rate\n${minutes.map((t) => `${t},${rate(t)}\n`).join('')}`);

async function planned(...args: string[]): Promise<Plan> {
  const { code, stdout, stderr } = await inProcess(
    ['plan', '--latency', '20ms', '--no-simulate', '--worlds', '200', '--json', ...args],
    folder.path,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Plan;
}

it('plans for what was recorded, as it is forecast to come again', async () => {
  const plan = await planned('--traffic', csv);
  expect(plan.inputs.peak).toMatchObject({ basis: 'measured', source: 'traffic' });
  expect(plan.inputs.traffic?.name).toBe(csv);
  // The last hour before noon and the first after it are nearly at the top.
  expect(plan.load?.peak).toBeGreaterThan(295);
  expect(plan.load?.peak).toBeLessThan(330);
  expect(plan.inputs.traffic?.mean).toBeCloseTo(200, 0);
  const codes = plan.findings.map(({ code }) => code);
  expect(codes).toContain('HISTORY_WITHOUT_WEEKS');
  expect(codes).toContain('GROWTH_UNKNOWN');
});

it('grows what was recorded, and takes a stated peak for its size', async () => {
  const grown = await planned('--traffic', csv, '--growth', '100%/y', '--horizon', '12mo');
  expect(grown.load?.peak).toBeGreaterThan(590);
  const sized = await planned('--traffic', csv, '--peak', '1000/s');
  expect(sized.load?.peak).toBeCloseTo(1000, 6);
});

it('takes a preset for when the load comes, and not for how much there is', async () => {
  const plan = await planned('--rps', '50', '--traffic', 'flat');
  expect(plan.load?.peak).toBe(50);
  expect(plan.inputs.traffic).toBeUndefined();
});

it('refuses a holiday of no traffic', async () => {
  const { code, stderr } = await inProcess(['plan', '--rps', '5', '--holiday', '2026-12-25'], folder.path);
  expect(code).toBe(2);
  expect(stderr).toBe('fxscale: --holiday: of which traffic? name it with --traffic\n');
});
