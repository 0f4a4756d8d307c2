import { FxscaleError } from '../../errors.ts';
import { type CsvTime, csvTimes } from './csv.ts';

/** Where the samples of a run go, in which format. */
export type Destination = {
  readonly format: 'json' | 'csv';
  /** A file, or `-` for stdout. */
  readonly path: string;
  /** How csv writes times. */
  readonly time: CsvTime;
};

/**
 * What `--out` says: `json`, `json=FILE`, `csv=FILE`; `-` or nothing (json) is stdout, as in k6, and csv without a file
 * is `file.csv`. csv also takes `fileName=FILE,timeFormat=rfc3339`. `env` may hold `K6_CSV_FILENAME` and
 * `K6_CSV_TIME_FORMAT`. Throws USAGE for anything else.
 */
export function readDestination(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Destination {
  const [, format = '', argument = ''] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
  const where = `--out ${JSON.stringify(text)}`;
  if (format === 'json') return { format, path: argument === '' ? '-' : argument, time: 'unix' };
  if (format !== 'csv') {
    throw new FxscaleError('USAGE', `${where}: there is no such output; write json=FILE or csv=FILE`);
  }
  const named = /^(?:fileName|timeFormat|saveInterval)=/.test(argument);
  const fields = named ? Object.fromEntries(argument.split(',').map((one) => one.split(/=(.*)/s, 2))) : {};
  const unknown = Object.keys(fields).find(
    (name) => !['fileName', 'timeFormat', 'saveInterval'].includes(name),
  );
  if (unknown !== undefined) {
    throw new FxscaleError('USAGE', `${where}: csv has no ${unknown}; it takes fileName and timeFormat`);
  }
  const path = (named ? fields.fileName : argument) || env.K6_CSV_FILENAME || 'file.csv';
  const wanted = fields.timeFormat ?? (env.K6_CSV_TIME_FORMAT || 'unix');
  const time = csvTimes.find((one) => one === wanted);
  if (time === undefined) {
    throw new FxscaleError('USAGE', `${where}: the time format must be one of ${csvTimes.join(', ')}`);
  }
  return { format, path, time };
}
