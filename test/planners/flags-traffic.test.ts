import { expect, it } from 'vitest';
import { parseHoliday, parseZone } from '../../src/planners/traffic/flags.ts';

const at = (text: string) => Date.parse(text) / 1000;

it.each([
  ['2026-12-25', { from: at('2026-12-25T00:00:00Z'), factor: 0, centre: null }],
  ['2026-12-25=0.4', { from: at('2026-12-25T00:00:00Z'), factor: 0.4, centre: null }],
  ['2026-12-28:London=0.6', { from: at('2026-12-28T00:00:00Z'), factor: 0.6, centre: 'London' }],
  ['2026-05-25:new-york', { from: at('2026-05-25T04:00:00Z'), factor: 0, centre: 'NewYork' }],
  ['2026-05-25:America/New_York', { from: at('2026-05-25T04:00:00Z'), factor: 0, centre: null }],
])('takes %s for a holiday', (text, expected) => {
  expect(parseHoliday(text)).toMatchObject({ name: text, ...expected });
});

it.each([
  ['christmas', 'write DATE, DATE:PLACE or DATE:PLACE=FACTOR'],
  ['2026-02-30', '"2026-02-30" is not a date: write a day that there is'],
  ['2026-13-01', '"2026-13-01" is not a date'],
  ['2026-12-25:Atlantis', '"Atlantis" is not a time zone: write a name such as Europe/London or UTC'],
  ['2026-12-25=1.5', 'its factor is from 0 to 1; more traffic is an --event'],
  ['2026-12-25=-1', '"-1" is not a number'],
  ['2026-12-25:London=', 'is not a holiday'],
])('does not take %s for one', (text, message) => {
  expect(() => parseHoliday(text)).toThrow(message);
});

it('knows a zone by its name', () => {
  expect(parseZone('Asia/Kolkata').offset(0)).toBe(19_800);
  expect(() => parseZone('Mars/Olympus')).toThrow('"Mars/Olympus" is not a time zone');
});
