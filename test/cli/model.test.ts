import { afterAll, describe, it } from 'vitest';
import type { Model } from '../../src/planners/model/model.ts';
import { linesOf, syntheticRun } from '../planners/synthetic.ts';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const run = syntheticRun({ cpuLimit: null });
const lines = linesOf(run);
const runFile = folder.write('run.ndjson', lines.join(''));

describe.concurrent('fxscale model', () => {
  it('writes one document that scripts rely on', async ({ expect }) => {
    const { code, stdout, stderr } = await fxscale(['model', runFile, '--slo', 'trade:p95=10ms', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const model = JSON.parse(stdout) as Model;
    expect(model).toMatchObject({ schema: 'fxscale.model/1', seed: 1, runs: [{ id: run.header.id }] });
    expect(Object.keys(model.demand.trade ?? {})).toContain('platformCpu');
    expect(model.slos).toMatchObject([{ slo: { class: 'trade', quantile: 0.95, seconds: 0.01 } }]);
  });

  it('shows a person what breaks first, what a request costs and the charts', async ({ expect }) => {
    const { code, stdout } = await fxscale(['model', runFile, '--slo', 'p95=10ms']);
    expect(code).toBe(0);
    for (const part of [
      /^Target +Broke at/m,
      /^Requests per second/m,
      /^Service CPU +\w+ /m,
      /^(Latency +Model|Not known)/m,
    ])
      expect(stdout).toMatch(part);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(stdout).not.toMatch(/undefined|NaN|\[object/);
  });

  it.for([
    [[], "missing required argument 'run'"],
    [['nowhere.ndjson'], 'nowhere.ndjson'],
    [[runFile, '--slo', 'p101=1s'], 'is not an SLO'],
    [[runFile, '--slo', 'swap:p99=1s'], '--slo swap: no run sent this class; they sent '],
    [[runFile, '--sloo', 'p99=1s'], "unknown option '--sloo'"],
    [[runFile, '--seed', '-1'], 'is not a seed'],
  ] as const)('refuses %j in one line', async ([args, message], { expect }) => {
    const { code, stdout, stderr } = await fxscale(['model', ...args], { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^fxscale: .*\n$/);
    expect(stderr).toContain(message);
  });
});
