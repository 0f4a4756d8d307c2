import type { TrafficEvent } from '../models/traffic/event.ts';
import type { Holiday } from '../models/traffic/holiday.ts';
import type { TrafficSummary } from '../planners/traffic/summary.ts';
import type { PlannedTraffic } from '../planners/traffic/traffic.ts';
import type { Declared } from '../planners/worlds.ts';
import { formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { CURVE, drawChart, POINT } from './chart.ts';
import { hang } from './hang.ts';
import { BOLD, CYAN, type Paint, painter } from './k6-layout.ts';
import { counted } from './resource-words.ts';
import { DIM, severityLines } from './severity.ts';
import { moment } from './simulation-words.ts';
import { centreText, clockText, OPEN, weekMap } from './traffic-week.ts';
import { describeTraffic } from './traffic-words.ts';

export type TrafficReport = {
  name: string;
  /** Null for a shape; else the usual distance of its points. */
  recordedEvery: number | null;
  /** A preset without a size has its mean as the unit. */
  unit: 'requests/s' | 'mean';
  summary: TrafficSummary;
  planned: PlannedTraffic;
  horizonMonths: number;
  events: readonly TrafficEvent[];
  holidays: readonly Holiday[];
  assumptions: readonly string[];
};

const CHART_LINES = 10;
const LABEL = 17;
const REMARK = 9;
const DAY = 86_400;
const HOUR = 3600;
/** At least so many columns are in a chart. */
const COLUMNS = 50;
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** What a traffic is like, what is forecast of it, and what of that is assumed. */
export function renderTraffic(
  report: TrafficReport,
  { color, width: columns = 80 }: { color: boolean; width?: number },
): string {
  const paint = painter(color);
  const width = Math.min(110, Math.max(60, columns - 1));
  const parts = [
    paint(BOLD, hang(headline(report), 0, width)),
    `${hang(`Hours of a week, ${OPEN} business day of a centre, 08 to 17 local time`, 0, width)}\n${weekMap(report.summary, width, paint)}`,
    chart(report, width, paint),
    rows(report)
      .map(([name, text]) => paint(DIM, name.padEnd(LABEL)) + hang(text, LABEL, width))
      .join('\n'),
    severityLines(
      report.planned.findings.map((each) => ({ severity: each.severity, text: describeTraffic(each) })),
      { label: REMARK, width, paint },
    ),
    report.assumptions.map((text) => hang(`Assumed: ${text}.`, REMARK, width)).join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function headline({
  name,
  unit,
  summary: { mean, peak, peakToMean, days },
  recordedEvery,
}: TrafficReport): string {
  const at = `${moment(peak.at)} UTC`;
  if (unit === 'mean')
    return `${name} peaks at ${round(peakToMean)} times the mean of the week, ${at}. It is a shape: give its --mean or --peak.`;
  const what =
    recordedEvery === null ? name : `${name}, ${round(days)} days every ${formatSeconds(recordedEvery)}`;
  return `${what}: ${formatRate(mean)} in the mean, ${formatRate(peak.rate)} at the peak, ${round(peakToMean)} times as much, ${at}.`;
}

/** The week that is forecast, or the highest of every hour that is told of. */
function chart({ planned: { forecast }, summary, unit }: TrafficReport, width: number, paint: Paint): string {
  const start = forecast?.hours[0]?.t ?? summary.start;
  const drawn = forecast === null ? ofHours(summary.hours) : ofForecast(forecast.hours);
  const xs = drawn.points.map(({ x }) => x);
  const lines = drawChart({
    ...drawn,
    mark: undefined,
    axis: 'linear',
    ticks: midnights(Math.min(...xs), Math.max(...xs)),
    label: (y) => (unit === 'mean' ? `${round(y)}×` : round(y)),
    width,
    height: CHART_LINES,
  });
  const title =
    forecast === null
      ? `${unit === 'mean' ? 'Times the mean' : 'Requests per second'} from ${moment(start)} UTC`
      : `Forecast from ${moment(start)} UTC, ${POINT} mean of an hour, ${CURVE} at most (${formatPercent(forecast.level)})`;
  const shown = (line: string) => (forecast === null ? line.replaceAll(CURVE, POINT) : line);
  return [
    hang(title, 0, width),
    ...lines.map((line) => shown(line).replaceAll(POINT, paint(CYAN, POINT))),
  ].join('\n');
}

function ofForecast(hours: NonNullable<PlannedTraffic['forecast']>['hours']) {
  const first = hours[0]?.t ?? 0;
  const highAt = (x: number) =>
    hours[Math.min(hours.length - 1, Math.round((x * DAY - first) / HOUR))]?.high ?? 0;
  return { points: hours.map(({ t, mean }) => ({ x: t / DAY, y: mean })), curve: highAt };
}

/** A curve has one point in every column: the highest of the hours about it. */
function ofHours(hours: TrafficSummary['hours']) {
  const [first, last] = [hours[0], hours.at(-1)] as [TrafficSummary['hours'][0], TrafficSummary['hours'][0]];
  const reach = Math.ceil(hours.length / COLUMNS / 2);
  const around = (x: number) => {
    const at = Math.round((x * DAY - first.t) / HOUR);
    const near = hours.slice(Math.max(0, at - reach), at + reach);
    return (near.length === 0 ? [last] : near).reduce((most, { highest }) => Math.max(most, highest), 0);
  };
  const top = hours.reduce((a, b) => (b.highest > a.highest ? b : a));
  return { points: [first, top, last].map(({ t, highest }) => ({ x: t / DAY, y: highest })), curve: around };
}

/** Of days since 1970, at most about two weeks of them. */
function midnights(first: number, last: number): { x: number; name: string }[] {
  const every = Math.max(1, Math.ceil((last - first) / 14));
  const from = Math.ceil(first);
  return Array.from({ length: Math.floor((last - from) / every) + 1 }, (_, i) => from + i * every).map(
    (x) => ({
      x,
      name: moment(x * DAY)
        .split(' ')
        .slice(0, every > 1 ? 3 : 2)
        .join(' '),
    }),
  );
}

function rows(report: TrafficReport): [name: string, text: string][] {
  const { unit, summary, planned, events, holidays, horizonMonths } = report;
  const rate = (value: number) => (unit === 'mean' ? `${round(value)} times the mean` : formatRate(value));
  const { busiestHour, busiestWeekday, p95, withEvents, zone } = summary;
  const local = zone.clock[busiestHour.utc];
  const shown = local === undefined ? '' : `, ${clockText(local)} in ${zone.name}`;
  const second = planned.busiestSecond;
  return [
    ['95% of minutes', `${rate(p95)} or less`],
    [
      'busiest hour',
      `from ${clockText({ hour: busiestHour.utc, minute: 0 })} UTC${shown}, ${rate(busiestHour.rate)} in the mean`,
    ],
    ['busiest weekday', `${WEEKDAYS[busiestWeekday.weekday]}, ${rate(busiestWeekday.rate)} in the mean`],
    ...events.map((event): [string, string] => [`event ${event.name}`, eventText(event)]),
    ...(withEvents === null
      ? []
      : [
          ['with events', `${rate(withEvents.rate)}, ${moment(withEvents.at)} UTC`] satisfies [
            string,
            string,
          ],
        ]),
    ...holidays.map((holiday): [string, string] => ['holiday', holidayText(holiday)]),
    ...forecastRows(planned),
    ...(unit === 'mean'
      ? []
      : ([
          [`in ${counted(horizonMonths, 'month')}`, horizonText(planned)],
          [
            'busiest second',
            `${formatRate(second.rate)} in ${formatPercent(second.quantile)} of the hours at that peak, by chance alone (Poisson)`,
          ],
        ] satisfies [string, string][])),
  ];
}

function eventText({ multiplier, at, rise, decay }: TrafficEvent): string {
  return `×${round(multiplier)} from ${moment(at)} UTC, within ${formatSeconds(rise)}, over after another ${formatSeconds(decay)}`;
}

function holidayText({ from, to, factor, centre }: Holiday): string {
  const what = centre === null ? 'the traffic' : `what ${centreText(centre)} trades`;
  return `${moment(from)} to ${moment(to)} UTC, ${factor === 0 ? 'without' : `${formatPercent(factor)} of`} ${what}`;
}

function forecastRows({ forecast, withinHour }: PlannedTraffic): [string, string][] {
  if (forecast === null) return [];
  const { method, mase, againstBaseline, coverage, widening, origins, level } = forecast;
  const tested =
    origins === 0
      ? 'not tested'
      : `${counted(origins, 'test')}: ${againstBaseline === null ? '' : `${round(againstBaseline)} of the error of the seasonal naive, `}${mase === null ? '' : `MASE ${round(mase)}, `}${formatPercent(coverage ?? 0)} within the ${formatPercent(level)} intervals, which are ${widening === 1 ? 'left as they were' : `widened ${round(widening ?? 1)} times`}`;
  return [
    ['forecast', `${method.replaceAll('-', ' ')}; ${tested}`],
    ...(withinHour === null
      ? []
      : [
          [
            'within the hour',
            `a peak of ${round(withinHour.ratio)} times its mean (${formatPercent(withinHour.quantile)} of busy hours, ${formatSeconds(withinHour.step)} steps)`,
          ] satisfies [string, string],
        ]),
  ];
}

function horizonText({ peak, mean, growth }: PlannedTraffic): string {
  const from = { declared: 'as declared', trend: 'by the trend', none: 'none is known' }[growth.from];
  return `${ranged(peak, formatRate)} at the peak, ${formatRate(mean)} in the mean; growth ${ranged(growth.perYear, formatPercent)} a year, ${from}`;
}

function ranged(figure: Declared, format: (value: number) => string): string {
  if (typeof figure === 'number') return format(figure);
  const [low, mid, high] = [format(figure.low), format(figure.mid), format(figure.high)];
  return low === high ? mid : `${mid} (${low} to ${high})`;
}
