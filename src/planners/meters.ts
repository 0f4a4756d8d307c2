import type { DemandInterval } from '../models/demand.ts';
import { counterLag } from '../models/lag.ts';
import { type Point, type Series, seriesOf } from '../models/series.ts';
import type { Run, RunRow, Sample } from '../run.ts';
import { isSound } from './rows.ts';
import type { Resource } from './types.ts';

/**
 * What a run tells about one resource: series to add up, each with its own readings. Sources are named by what is
 * read: `platform/<i>` or `prometheus/<address>` a replica's metrics page, `postgres` the database's statistics,
 * `process/<name>` a process and its children.
 */
export type Meter = { resource: Resource; source: string; parts: Series[] };

/** One that counts something else than a resource: records, jobs, commands. */
export type Tally = Pick<Meter, 'parts'> & { resource?: undefined };

/** A window of a run with what was used in it, and what was completed in it or, where a meter lags, before it. */
export type Window = DemandInterval & { run: string; from: number; to: number };

const SERVICE = /^(platform|prometheus)\//;
const DATABASE = /^postgres(\/|$)/;
const DATABASE_PROCESS = /^process\/postgres/;

/** Seconds of the shortest window. */
const SHORTEST = 1;
/**
 * PostgreSQL's sessions add to the statistics up to a second late, which blurs short windows and makes requests look
 * cheaper than they are: these want several seconds, where a run has them.
 */
const late: ReadonlySet<Resource> = new Set(['databaseReads', 'databaseWrites', 'databaseFsyncs', 'ioBytes']);
const LATE = { least: 2, most: 4, windows: 15 };
/** The most windows that a long run is cut into. */
const MANY = 240;

/** The sum of every series called `name`, whatever its labels; undefined when there is none. */
export function sumOfSeries(values: Sample['values'], name: string): number | undefined {
  let sum: number | undefined;
  // A page has hundreds of series and a run thousands of pages: no list of them is made.
  for (const key in values) {
    if (!key.startsWith(name)) continue;
    if (key.length === name.length || key[name.length] === '{') sum = (sum ?? 0) + (values[key] as number);
  }
  return sum;
}

/**
 * The samples of the service's replicas, by source: `platform/` sources if there are any, otherwise the metrics pages.
 * Pages that tell nothing of HTTP, next to one that does, are those of workers and consumers.
 */
export function serviceSamples(run: { samples: readonly Sample[] }): Map<string, Sample[]> {
  const all = [...bySource(run.samples, SERVICE)];
  const named = all.filter(([source]) => source.startsWith('platform/'));
  if (named.length > 0) return new Map(named);
  const answering = all.filter(([, [first]]) => first && Object.keys(first.values).some(isOfHttp));
  return new Map(answering.length > 0 ? answering : all);
}

const isOfHttp = (name: string): boolean => name.startsWith('http_');

/** All metrics pages, those of workers and consumers among them. */
export function pages(run: { samples: readonly Sample[] }): Map<string, Sample[]> {
  return bySource(run.samples, SERVICE);
}

/** The samples of the first database source; several would count one server twice. */
export function databaseSamples(run: Run): Sample[] {
  return [...bySource(run.samples, DATABASE).values()][0] ?? [];
}

/** The samples of the service's own processes. */
export function processSamples(run: { samples: readonly Sample[] }): Map<string, Sample[]> {
  return new Map(
    [...bySource(run.samples, /^process\//)].filter(([source]) => !DATABASE_PROCESS.test(source)),
  );
}

export function metersOf(run: Run): Meter[] {
  const service = serviceSamples(run);
  const database = databaseSamples(run);
  const processes = bySource(run.samples, DATABASE_PROCESS);
  const cpu = sum(service, 'process_cpu_seconds_total');
  const from = (resource: Resource, kind: 'counter' | 'gauge', ...names: string[]): Meter => ({
    resource,
    source: 'postgres',
    parts: nonEmpty([seriesOf(readings(database, names), kind)]),
  });
  return [
    cpu.length > 0
      ? { resource: 'platformCpu', source: 'platform', parts: cpu }
      : { resource: 'platformCpu', source: 'process', parts: sum(processSamples(run), 'cpu_seconds') },
    { resource: 'connectionTime', source: 'platform', parts: sum(service, 'db_query_duration_seconds_sum') },
    { resource: 'databaseCpu', source: 'process/postgres', parts: sum(processes, 'cpu_seconds') },
    from('walBytes', 'counter', 'wal_bytes'),
    from('databaseReads', 'counter', 'reads'),
    from('databaseWrites', 'counter', 'writes', 'extends'),
    from('databaseFsyncs', 'counter', 'fsyncs'),
    from('ioBytes', 'counter', 'read_bytes', 'write_bytes', 'extend_bytes'),
    // Vacuum and dropped partitions make a database smaller.
    growth(database) ?? from('growthBytes', 'gauge', 'database_bytes'),
  ];
}

function growth(database: Sample[]): Meter | undefined {
  const points = readings(database, ['table_bytes', 'index_bytes']);
  if (points.length === 0) return undefined;
  return { resource: 'growthBytes', source: 'postgres', parts: [seriesOf(points, 'gauge')] };
}

/**
 * Windows of a second, longer in a long run, cut at readings of the meter, from `start` on. A window is left out when a
 * gap or reset falls into it, when fewer parts than usual were there, or when many requests failed. `classes` names the
 * counts, which are those of `lag` seconds earlier; `least` is a longer length.
 */
export function windowsOf(
  run: Run,
  meter: Meter | Tally,
  classes: readonly string[],
  {
    start = 0,
    lag = 0,
    least = 0,
  }: { start?: number | undefined; lag?: number; least?: number | undefined } = {},
): Window[] {
  const counts = countsOf(run, classes);
  const lead = meter.parts.toSorted((a, b) => b.points.length - a.points.length)[0];
  const times = lead?.points.map(({ t }) => t).filter((t) => t >= start) ?? [];
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const length = Math.max(least, windowLength(meter.resource, span));
  const usual = mostAtOnce(meter.parts);
  const windows: Window[] = [];
  let from = times[0];
  for (const to of times.slice(1)) {
    // Readings come a little early or late: a quarter short is not a reason to wait for the next.
    if (from === undefined || to - from < length * 0.75) continue;
    const begin = from;
    const use = increase(meter.parts, begin, to);
    const done = counts.map((series) => series.increase(begin - lag, to - lag));
    const sound = isSound(run.rows.filter((row) => row.t > begin - lag && row.t - row.seconds < to - lag));
    if (sound && use?.alive === usual && done.every((count) => count !== undefined)) {
      const idle = meter.resource === 'platformCpu' ? (to - from) * use.alive : to - from;
      windows.push({ run: run.header.id, from, to, idle, counts: done, used: Math.max(0, use.used) });
    }
    from = to;
  }
  return windows;
}

function windowLength(resource: Resource | undefined, span: number): number {
  const least =
    resource !== undefined && late.has(resource)
      ? Math.min(LATE.most, Math.max(LATE.least, span / LATE.windows))
      : SHORTEST;
  return Math.max(least, span / MANY);
}

/** Seconds by which the readings of one tick may lie apart. */
const SLACK = 0.25;

/** What all parts together used, and how many of them there were; undefined when that is not known. */
function increase(
  parts: readonly Series[],
  from: number,
  to: number,
): { used: number; alive: number } | undefined {
  let used = 0;
  let alive = 0;
  for (const part of parts) {
    const [first, last] = lifetime(part);
    // A replica that began later or ended earlier.
    if (to <= first + SLACK || from >= last - SLACK) continue;
    const within = (t: number) =>
      t > first - SLACK && t < last + SLACK ? Math.min(last, Math.max(first, t)) : t;
    const added = part.increase(within(from), within(to));
    if (added === undefined) return undefined;
    used += added;
    alive++;
  }
  return { used, alive };
}

function lifetime({ points }: Series): [first: number, last: number] {
  return [points[0]?.t ?? 0, points.at(-1)?.t ?? 0];
}

/** The most parts that were there at once. */
function mostAtOnce(parts: readonly Series[]): number {
  const counts = parts.map((part) => {
    const [first, last] = lifetime(part);
    const middle = (first + last) / 2;
    return parts.filter((other) => lifetime(other)[0] <= middle && middle <= lifetime(other)[1]).length;
  });
  return Math.max(0, ...counts);
}

/**
 * Seconds by which the meter trails the requests that it counts; 0 where its readings do not tell. The size of the
 * database is read too seldom for it.
 */
export function lagOf(run: Run, meter: Meter, classes: readonly string[]): number {
  if (meter.resource === 'growthBytes') return 0;
  const counts = countsOf(run, classes).filter(({ points }) => (points.at(-1)?.value ?? 0) > 0);
  return counts.length === 0 ? 0 : counterLag(windowsOf(run, meter, classes), counts);
}

/** The requests of each class that were completed since the start. */
export function countsOf(run: Run, classes: readonly string[]): Series[] {
  return classes.map((name) => cumulated(run, (row) => row.classes[name]?.count ?? 0));
}

/** What `count` found in the rows since the start of the run. */
function cumulated(run: Run, count: (row: RunRow) => number): Series {
  const first = run.rows[0];
  if (first === undefined) return seriesOf([], 'counter');
  let total = 0;
  const points = run.rows.map((row) => {
    total += count(row);
    return { t: row.t, value: total };
  });
  return seriesOf([{ t: first.t - first.seconds, value: 0 }, ...points], 'counter');
}

function sum(samples: Map<string, Sample[]>, name: string): Series[] {
  return nonEmpty([...samples.values()].map((own) => seriesOf(readings(own, [name]), 'counter')));
}

function nonEmpty(series: Series[]): Series[] {
  return series.filter(({ points }) => points.length > 0);
}

/** Readings of the sum of `names`; one that lacks the first name is none. */
export function readings(samples: readonly Sample[], names: readonly string[]): Point[] {
  const [main = '', ...others] = names;
  return samples.flatMap(({ t, values }) => {
    const value = sumOfSeries(values, main);
    if (value === undefined) return [];
    return [{ t, value: others.reduce((total, name) => total + (sumOfSeries(values, name) ?? 0), value) }];
  });
}

/** The samples of each source whose name matches. */
export function bySource(samples: readonly Sample[], pattern: RegExp): Map<string, Sample[]> {
  const result = new Map<string, Sample[]>();
  for (const sample of samples) {
    if (!pattern.test(sample.source)) continue;
    const own = result.get(sample.source);
    if (own) own.push(sample);
    else result.set(sample.source, [sample]);
  }
  return result;
}
