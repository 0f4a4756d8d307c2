import { expect, it } from 'vitest';
import { historyOf } from '../../src/models/traffic/history.ts';
import { holidayOf } from '../../src/models/traffic/holiday.ts';
import { preset } from '../../src/models/traffic/profile.ts';
import { assumptionsOf, type Traffic } from '../../src/models/traffic/traffic.ts';
import { Zone } from '../../src/models/traffic/zone.ts';
import { summarise } from '../../src/planners/traffic/summary.ts';
import { plannedTraffic } from '../../src/planners/traffic/traffic.ts';
import { renderTraffic, type TrafficReport } from '../../src/report/traffic.ts';
import { renderTrafficCsv, renderTrafficJson } from '../../src/report/traffic-json.ts';

const start = Date.parse('2026-06-01T00:00:00Z') / 1000;
const zone = new Zone('America/New_York');
const events = [{ name: 'nfp', at: start + 4.5 * 86_400 + 1800, multiplier: 3, rise: 15, decay: 1800 }];
const holidays = [holidayOf('x', start / 86_400 + 2, 'London', 0.6)];

function report(base: Traffic['base'], changes: Partial<TrafficReport> & { days: number }): TrafficReport {
  const traffic: Traffic = { base, events, holidays, scale: 1 };
  const recorded = 'history' in base;
  return {
    name: recorded ? 'rate.csv' : 'fx-centre-share',
    recordedEvery: recorded ? base.history.step : null,
    unit: 'requests/s',
    summary: summarise(traffic, { start, days: changes.days, zone }),
    planned: plannedTraffic(base, {
      ...(recorded ? {} : { mean: 1000, growth: 0.2 }),
      horizonMonths: 12,
      events,
      holidays,
      start,
    }),
    horizonMonths: 12,
    events,
    holidays,
    assumptions: assumptionsOf(traffic),
    ...changes,
  };
}

const ofPreset = report({ profile: preset('fx-centre-share'), mean: 1000 }, { days: 7 });
const points = Array.from({ length: 15 * 24 * 2 }, (_, i) => ({
  t: start + 1800 * i,
  rate: 1000 + 500 * Math.sin((i / 24) * Math.PI) + (i % 7),
}));
const ofRecord = report({ history: historyOf(points) }, { days: 15 });

it('shows a preset in one look', async () => {
  await expect(renderTraffic(ofPreset, { color: false })).toMatchFileSnapshot(
    '../golden/traffic.terminal.txt',
  );
});

it.each([61, 80, 100, 140])('stays within %d columns', (width) => {
  for (const each of [ofPreset, ofRecord, { ...ofPreset, unit: 'mean' as const }]) {
    const text = renderTraffic(each, { color: false, width });
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(width);
    expect(text).not.toMatch(/undefined|NaN/);
    expect(text).not.toContain('\u001b');
  }
  expect(renderTraffic(ofRecord, { color: true, width })).toContain('\u001b[');
});

it('tells what is forecast of a record, and what that rests on', () => {
  const text = renderTraffic(ofRecord, { color: false });
  expect(text).toMatch(/^rate\.csv, 15 days every 30m: 996\/s in the mean, /);
  expect(text).toContain('Forecast from Tue 16 Jun 00:00 UTC');
  expect(text).toMatch(/^forecast +seasonal naive; not tested$/m);
  expect(text).toMatch(/^Warning +How the traffic grows within 12 months is not known/m);
});

it('gives everything as JSON, and rates as CSV', () => {
  const json = JSON.parse(renderTrafficJson(ofRecord));
  expect(json).toMatchObject({ schema: 'fxscale.traffic/1', unit: 'requests/s', horizonMonths: 12 });
  expect(json.summary.hours).toHaveLength(15 * 24);
  expect(json.planned.forecast.hours).toHaveLength(168);
  const steps = [0, 1].map((i) => ({ t: start + 60 * i, rate: 1 / 3 + i }));
  expect(renderTrafficCsv(steps)).toBe(
    'time,rate\n2026-06-01T00:00:00.000Z,0.333333333\n2026-06-01T00:01:00.000Z,1.33333333\n',
  );
});
