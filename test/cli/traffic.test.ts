import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Folder, fxscale } from './fxscale.ts';

const folder = new Folder();
afterAll(() => rmSync(folder.path, { recursive: true }));

describe('fxscale traffic', () => {
  it('tells what a preset is like without a terminal, in plain text', async () => {
    const { code, stdout, stderr } = await fxscale(['traffic', 'fx-overlap-heavy', '--mean', '100/s']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^fx-overlap-heavy: 100\/s in the mean, 475\/s at the peak, 4\.75 times as much/);
    expect(stdout).toContain('Assumed: the overlap of London and New York at 3.4 times the mean');
    expect(stdout).not.toContain('\u001b');
  });

  it('reads as a record what it wrote as CSV, and forecasts it', async () => {
    const written = await fxscale([
      'traffic',
      'fx-centre-share',
      '--peak',
      '200/s',
      '--csv',
      '--step',
      '30m',
      '--days',
      '15',
    ]);
    const file = folder.write('rate.csv', written.stdout);
    const args = [
      '--growth',
      '20%/y',
      '--event',
      'nfp:5:15s:30m@4d12h30m',
      '--holiday',
      '2026-06-03:London=0.6',
    ];
    const { code, stdout } = await fxscale(['traffic', file, ...args, '--json']);
    expect(code).toBe(0);
    const { schema, planned, summary, events, assumptions } = JSON.parse(stdout);
    expect([schema, planned.basis, planned.growth.from]).toEqual([
      'fxscale.traffic/1',
      'measured',
      'declared',
    ]);
    expect(planned.peak.mid).toBeCloseTo(240, 0);
    expect(summary.withEvents.rate).toBeGreaterThan(900);
    expect(events).toMatchObject([{ name: 'nfp', at: Date.parse('2026-06-05T12:30:00Z') / 1000 }]);
    expect(assumptions).toEqual([expect.stringContaining('a holiday takes from a centre')]);
  });

  it.each([
    [['nowhere.csv'], 'nowhere.csv: ENOENT'],
    [['flat', '--csv', '--step', '1ms'], '--step cuts the traffic into 604800000 rates: choose a longer one'],
    [['flat', '--holiday', '2026-02-30'], '"2026-02-30" is not a date'],
    [['flat', '--zone', 'Mars/Olympus', '--csv'], '"Mars/Olympus" is not a time zone'],
  ])('refuses %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await fxscale(['traffic', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
