import { describe, expect, it } from 'vitest';
import { predictLatency } from '../../src/models/latency/choose.ts';
import { modelRuns } from '../../src/planners/model/model.ts';
import { renderModel } from '../../src/report/model.ts';
import { steps, syntheticRun } from '../planners/synthetic.ts';

/** Half an hour of a load that rises to what the replica carries, told in seconds. */
const rising = Array.from({ length: 30 }, (_, i) => ({
  ...(steps[i % 10] as (typeof steps)[0]),
  rate: 30 + 12 * i,
}));
const slos = [
  { quantile: 0.95, seconds: 0.01 },
  { quantile: 0.99, seconds: 1, class: 'trade' },
];
const model = modelRuns([syntheticRun({ steps: rising, cpuLimit: null })], { slos });
const shown = (width: number, color = false) => renderModel(model, { color, width, predict: predictLatency });

describe('a model on the terminal', () => {
  it('tells what breaks first, then charts, costs, latency and findings', async () => {
    await expect(shown(100)).toMatchFileSnapshot('../golden/model.terminal.txt');
  });

  it.each([60, 80, 140])('fits into %d columns where words can be broken', (width) => {
    const lines = shown(width).split('\n');
    const prose = lines.filter((line) => /^(Note|Warning|Error|Memory|First| {13})/.test(line));
    for (const line of prose) expect(line.length).toBeLessThanOrEqual(Math.max(60, width));
    expect(lines.join('')).not.toMatch(/undefined|NaN|\[object|Infinity/);
  });

  it('has the same words in colour', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
    expect(shown(100, true).replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(shown(100));
  });

  it('says what it cannot tell', () => {
    const bare = modelRuns([{ ...syntheticRun({ cpuLimit: null }), samples: [] }], { slos: [] });
    const text = renderModel(bare, { color: false, predict: predictLatency });
    expect(text).toContain('No target was stated: --slo p99=250ms tells where it breaks.');
    expect(text).toContain('not known by utilisation: the CPU of the service, or its limit, was not');
  });
});
