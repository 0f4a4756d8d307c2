import { readFile } from 'node:fs/promises';
import { FxscaleError, messageOf } from './errors.ts';
import { CsvRecords } from './load/modules/csv-records.ts';
import { type History, type HistoryPoint, historyOf } from './models/traffic/history.ts';
import { presetNames } from './models/traffic/profile.ts';

/**
 * The rate that the CSV or JSON file `name` recorded. Throws FILE with line and column, or the path in JSON, of what is
 * wrong.
 */
export async function readTrafficFile(name: string): Promise<History> {
  let bytes: Buffer;
  try {
    bytes = await readFile(name);
  } catch (cause) {
    const presets = presetNames.join(', ');
    throw new FxscaleError(
      'FILE',
      `traffic ${name}: ${messageOf(cause)}: name a CSV or JSON file, a prometheus+http URL, or one of ${presets}`,
      { cause },
    );
  }
  return parseHistory(bytes, name);
}

type Place = { point: HistoryPoint; where: string };

function parseHistory(bytes: Buffer, name: string): History {
  const json = /^\s*[[{]/.test(bytes.toString('utf8', 0, 100));
  const places = json ? fromJson(bytes.toString(), name) : fromCsv(bytes, name);
  try {
    return historyOf(places.map(({ point }) => point));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The history counts points; a reader wants the line.
    const [, number, what] = /^point (\d+): (.*)$/s.exec(error.message) ?? [];
    const where = number === undefined ? name : places[Number(number) - 1]?.where;
    throw new FxscaleError('FILE', `${where ?? name}: ${what ?? error.message}`, { cause: error });
  }
}

const timeNames = /^(?:t|time|timestamp|date|datetime|ts)$/i;
const rateNames = /^(?:rate|value|rps|qps|requests_?per_?second|requests)$/i;

function fromCsv(bytes: Buffer, name: string): Place[] {
  const records = new CsvRecords(bytes, ',');
  const places: Place[] = [];
  let columns = { time: 0, rate: 1 };
  for (let row = 1; ; row++) {
    let fields: string[] | undefined;
    try {
      fields = records.next();
    } catch (cause) {
      throw new FxscaleError('FILE', `${name}: ${messageOf(cause)}`, { cause });
    }
    if (fields === undefined) return places;
    if (row === 1 && fields.some((field) => Number.isNaN(timeOf(field.trim())) && !isNumber(field))) {
      columns = headerOf(fields, name);
      continue;
    }
    const at = (column: number) => `${name}:${row}:${column + 1}`;
    const [time = '', rate = ''] = [fields[columns.time]?.trim(), fields[columns.rate]?.trim()];
    const t = timeOf(time);
    if (Number.isNaN(t))
      throw wrong(at(columns.time), time, 'a time: write seconds since 1970, or 2026-01-05T00:00:00Z');
    if (!isNumber(rate)) throw wrong(at(columns.rate), rate, 'a rate: write requests per second as a number');
    places.push({ point: { t, rate: Number(rate) }, where: at(columns.rate) });
  }
}

function headerOf(fields: string[], name: string): { time: number; rate: number } {
  const time = fields.findIndex((field) => timeNames.test(field.trim()));
  const rate = fields.findIndex((field) => rateNames.test(field.trim()));
  if (time < 0 || rate < 0)
    throw new FxscaleError(
      'FILE',
      `${name}:1: the header has no column ${time < 0 ? 'time' : 'rate'}: it must name time and rate`,
    );
  return { time, rate };
}

/** An array of `[time, rate]`, or of objects with `time` and `rate`; also Prometheus' answer to a range query. */
function fromJson(text: string, name: string): Place[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new FxscaleError('FILE', `${name}: this is not JSON: ${messageOf(cause)}`, { cause });
  }
  const { list, path } = listIn(parsed);
  if (list === undefined)
    throw new FxscaleError('FILE', `${name}: it must be an array of {"time", "rate"} or of [time, rate]`);
  return list.map((entry, i) => {
    const where = `${name}: ${path}[${i}]`;
    const [time, rate] = pairOf(entry);
    const t = timeOf(String(time));
    if (Number.isNaN(t))
      throw wrong(where, String(time), 'a time: write seconds since 1970, or 2026-01-05T00:00:00Z');
    if (!isNumber(String(rate)))
      throw wrong(where, String(rate), 'a rate: write requests per second as a number');
    return { point: { t, rate: Number(rate) }, where };
  });
}

function listIn(parsed: unknown): { list: unknown[] | undefined; path: string } {
  if (Array.isArray(parsed)) return { list: parsed, path: '' };
  const result = (parsed as { data?: { result?: { values?: unknown }[] } } | null)?.data?.result;
  const values = result?.[0]?.values;
  return { list: Array.isArray(values) ? values : undefined, path: 'data.result[0].values' };
}

function pairOf(entry: unknown): [unknown, unknown] {
  if (Array.isArray(entry)) return [entry[0], entry[1]];
  const fields = Object.entries((entry ?? {}) as object);
  const named = (names: RegExp) => fields.find(([key]) => names.test(key))?.[1];
  return [named(timeNames), named(rateNames)];
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

/** Seconds since 1970 from such seconds, milliseconds, or a date; not a number for anything else. */
export function timeOf(text: string): number {
  if (isNumber(text)) return Number(text) > MILLISECONDS ? Number(text) / 1000 : Number(text);
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) / 1000 : Number.NaN;
}

/** A count of seconds above this is in the year 5138: it is meant as milliseconds. */
const MILLISECONDS = 1e11;

function wrong(where: string, text: string, right: string): FxscaleError {
  return new FxscaleError('FILE', `${where}: ${JSON.stringify(text)} is not ${right}`);
}
