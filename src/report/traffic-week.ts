import type { TrafficSummary } from '../planners/traffic/summary.ts';
import { CYAN, type Paint } from './k6-layout.ts';
import { DIM } from './severity.ts';

const LEVELS = '▁▂▃▄▅▆▇█';
const CLOSED = '·';
export const OPEN = '━';
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Monday first. */
const ORDER = [1, 2, 3, 4, 5, 6, 0];
/** Hours between two that are named above. */
const NAMED = 3;

/**
 * The hours of UTC from left to right, beside those of a zone, with a row of bars for every weekday; and below them the
 * business days of the centres.
 */
export function weekMap({ week, zone, sessions }: TrafficSummary, width: number, paint: Paint): string {
  const place = zone.name.split('/').at(-1)?.replaceAll('_', ' ') ?? zone.name;
  const names = new Map(sessions.map(({ centre }) => [centre, centreText(centre)]));
  const label = Math.max(place.length, ...[...names.values()].map((name) => name.length)) + 1;
  const cell = Math.max(2, Math.floor((width - label) / 24));
  const most = Math.max(...week.flat().map((rate) => rate ?? 0));
  const line = (name: string, cells: readonly string[], code: string) =>
    `${name.padEnd(label)}${paint(code, cells.join('').trimEnd())}`.trimEnd();
  const clock = (name: string, hours: readonly { hour: number; minute: number }[]) =>
    line(
      name,
      hours.map((at, i) => (i % NAMED === 0 ? clockText(at).replace(':00', '') : '')).map(wide(cell, NAMED)),
      DIM,
    );
  return [
    clock(
      'UTC',
      Array.from({ length: 24 }, (_, hour) => ({ hour, minute: 0 })),
    ),
    ...(zone.name === 'UTC' ? [] : [clock(place, zone.clock)]),
    ...ORDER.filter((day) => week[day]?.some((rate) => rate !== null)).map((day) =>
      line(
        DAYS[day] ?? '',
        (week[day] ?? []).map((rate) => (rate === null ? ' ' : barOf(rate, most)).repeat(cell)),
        CYAN,
      ),
    ),
    ...sessions.map(({ centre, hours }) =>
      line(
        names.get(centre) ?? centre,
        Array.from({ length: 24 }, (_, hour) => (hours.includes(hour) ? OPEN : ' ').repeat(cell)),
        DIM,
      ),
    ),
  ].join('\n');
}

/** Every `each`th of the cells is as wide as `each` of them, the others have no width. */
function wide(cell: number, each: number): (text: string, i: number) => string {
  return (text, i) => (i % each === 0 ? text.padEnd(cell * each) : '');
}

/** `New York` of `NewYork`. */
export function centreText(centre: string): string {
  return centre.replace(/(?<=[a-z])(?=[A-Z])/, ' ');
}

export function clockText({ hour, minute }: { hour: number; minute: number }): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(hour)}:${two(minute)}`;
}

function barOf(rate: number, most: number): string {
  if (!(rate > 0)) return CLOSED;
  return LEVELS[Math.min(LEVELS.length - 1, Math.floor((rate / most) * LEVELS.length))] ?? '';
}
