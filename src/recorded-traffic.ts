import { withoutCredentials } from './collect/collector.ts';
import { openServer, type PrometheusServer, wrong } from './collect/prometheus-api.ts';
import { FxscaleError } from './errors.ts';
import { type History, historyOf } from './models/traffic/history.ts';
import { readRates } from './prometheus-rates.ts';
import { timeOf } from './traffic-files.ts';
import { parseDuration } from './units.ts';

const EXAMPLE =
  'prometheus+http://127.0.0.1:9090/?query=sum(rate(http_requests_total[1m]))&start=-28d&step=1m';
const known = ['query', 'start', 'end', 'step'];
/** Four weeks tell the shape of a week from chance; a minute is what a rate over a minute can show. */
const defaults = { start: '-28d', end: '-0s', step: '1m' };

/**
 * The rate that Prometheus answers to
 * `prometheus+http://[user:password@]host:port[/prefix]/?query=PROMQL[&start=T][&end=T][&step=1m][&token_env=NAME]`. A
 * time is a date, seconds since 1970, or a duration before `now`, such as `-28d`. `name` is the address without
 * credentials. Throws USAGE, UNREACHABLE and FILE.
 */
export async function readRecordedTraffic(
  address: string,
  now: number,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ name: string; history: History }> {
  const server = openServer(address, environment);
  try {
    const { query, ...range } = rangeOf(server.parameters, now);
    const points = await readRates(server, query, range, `traffic ${withoutCredentials(server.url)}`);
    const name = `${query} at ${withoutCredentials(server.url)}`;
    try {
      return { name, history: historyOf(points) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const what = points.length === 0 ? 'no series matches' : error.message;
      throw new FxscaleError(
        'FILE',
        `traffic ${name}: ${what}: give a query and a start from when on it was recorded all the time`,
        { cause: error },
      );
    }
  } finally {
    server.client.close();
  }
}

function rangeOf(parameters: PrometheusServer['parameters'], now: number) {
  const given: { query?: string } = Object.fromEntries(parameters);
  const stranger = parameters.find(([name]) => !known.includes(name))?.[0];
  if (stranger !== undefined)
    throw wrong(`it knows no parameter ${stranger}`, `write ${known.join(', ')} or token_env`);
  const twice = known.find((name) => parameters.filter(([each]) => each === name).length > 1);
  if (twice !== undefined) throw wrong(`it has ${twice} twice`, 'give it once');
  const { query, start, end, step } = { ...defaults, ...given };
  if (query === undefined || query === '') throw wrong('it has no query', `write for example ${EXAMPLE}`);
  const seconds = secondsOf('step', step);
  if (!(seconds >= 1)) throw wrong(`it has a step of ${step}`, 'write 1s or longer, for example step=1m');
  // A whole number of steps, so that two queries within one step have the same answer.
  const last = Math.floor(now / seconds) * seconds;
  const [from, to] = [timeFor('start', start, last), timeFor('end', end, last)];
  if (!(to > from)) throw wrong(`it ends at ${end}, which is not after its start ${start}`, 'swap them');
  return { query, from, to, step: seconds };
}

function timeFor(name: string, text: string, now: number): number {
  const before = /^-(.+)$/.exec(text)?.[1];
  if (before !== undefined) return now - secondsOf(name, before, text);
  const at = timeOf(text);
  if (Number.isNaN(at))
    throw wrong(`${name}=${text} is no time`, 'write for example 2026-06-01T00:00:00Z or -28d');
  return at;
}

function secondsOf(name: string, text: string, shown = text): number {
  try {
    return parseDuration(text);
  } catch {
    throw wrong(
      `${name}=${shown} is no duration`,
      `write for example ${name}=${shown.startsWith('-') ? '-28d' : '1m'}`,
    );
  }
}
