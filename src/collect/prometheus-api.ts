import { FxscaleError } from '../errors.ts';
import { parseSourceUrl } from './collector.ts';
import { type Answer, type HttpClient, openHttp } from './http.ts';
import { parseRangeAnswer, type RangeAnswer, type RangeSeries } from './prometheus-answer.ts';

/** Prometheus refuses to answer with more points of one series. */
const MOST_POINTS = 11_000;
/** Seconds for one page of an answer. */
const ANSWER_WITHIN = 10;
/** Queries at once: enough that many short ones do not wait for each other's journey. */
const CONNECTIONS = 4;
const EXAMPLE = 'prometheus+http://127.0.0.1:9090';

export type PrometheusServer = {
  /** Where it is, without the query. */
  url: URL;
  client: HttpClient;
  /** What is after the `?`, with `+` as itself, since PromQL has it. */
  parameters: [name: string, value: string][];
  /** Seconds that its clock is ahead of this machine's, by its latest answer. */
  ahead: number;
};

/**
 * The server at `prometheus+http://[user:password@]host:port[/prefix][?token_env=NAME]`, or the same with `https`. The
 * bearer token is in the variable NAME of `environment`: a token in a URL would be in the shell's history. Nothing
 * is connected yet. Throws USAGE.
 */
export function openServer(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
): PrometheusServer {
  const plain = address.replace(/^prometheus\+/i, '');
  const url = parseSourceUrl(plain, EXAMPLE, 'a prometheus+http URL was given');
  if (url.hash !== '') throw wrong('its # begins what is never sent', 'write %23 where the query has a #');
  const all = url.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '')
    .map(parseParameter);
  const variable = all.find(([name]) => name === 'token_env')?.[1];
  const token = variable === undefined ? undefined : environment[variable];
  if (variable !== undefined && (token ?? '') === '') {
    throw wrong(`token_env names the variable ${variable}, which is not set`, 'put the bearer token into it');
  }
  if (token !== undefined && url.username !== '') {
    throw wrong('both a user and token_env are given', 'leave one of them out');
  }
  const client = openHttp(url, CONNECTIONS, token);
  url.search = '';
  return { url, client, parameters: all.filter(([name]) => name !== 'token_env'), ahead: 0 };
}

function parseParameter(part: string): [string, string] {
  const [name = '', ...value] = part.split('=');
  try {
    return [name, decodeURIComponent(value.join('='))];
  } catch {
    throw wrong(`the value of ${name} holds a stray %`, 'write %25 where the query has a %');
  }
}

/** What is wrong with a `prometheus+http` URL, without the URL, which may hold a password. */
export function wrong(what: string, right: string): FxscaleError {
  return new FxscaleError('USAGE', `the prometheus+http URL: ${what}; ${right}`);
}

export type RangeOptions = {
  signal?: AbortSignal;
  /** Points of one series in one answer. */
  page?: number;
};

/**
 * What `promql` was from `from` to `to`, every `stepSeconds`. A long range is asked for in pages that follow each other
 * without overlap; a page that fails for a reason that may pass is asked for once more. All of it or nothing: rejects
 * with an Error of one line.
 */
export async function queryRange(
  server: PrometheusServer,
  promql: string,
  from: Date,
  to: Date,
  stepSeconds: number,
  { signal, page = MOST_POINTS }: RangeOptions = {},
): Promise<RangeAnswer> {
  const step = Math.round(stepSeconds * 1000);
  const last = Math.floor((to.getTime() - from.getTime()) / step);
  if (!(step > 0 && last >= 0))
    throw new RangeError('a range needs a step, and an end that is not before it');
  const series = new Map<string, RangeSeries>();
  const warnings = new Set<string>();
  for (let first = 0; first <= last; first += page) {
    const at = (index: number) => String((from.getTime() + index * step) / 1000);
    const query = new URLSearchParams({
      query: promql,
      start: at(first),
      end: at(Math.min(last, first + page - 1)),
      step: String(step / 1000),
    });
    const answer = parseAnswer(await ask(server, `/api/v1/query_range?${query}`, signal));
    for (const warning of answer.warnings) warnings.add(warning);
    for (const part of answer.series) {
      const key = JSON.stringify(Object.entries(part.labels).sort());
      const known = series.get(key);
      if (known) {
        known.points.push(...part.points);
        known.histograms.push(...part.histograms);
      } else series.set(key, part);
    }
  }
  return { series: [...series.values()], warnings: [...warnings] };
}

async function ask(server: PrometheusServer, path: string, signal?: AbortSignal): Promise<Answer> {
  const { client, url } = server;
  const prefix = url.pathname.replace(/\/+$/, '');
  const once = async () => {
    const limit = AbortSignal.timeout(ANSWER_WITHIN * 1000);
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const answer = await client.get(`${prefix}${path}`, 'application/json', either).catch((cause) => {
      signal?.throwIfAborted();
      throw limit.aborted ? new Error(`it did not answer within ${ANSWER_WITHIN} s`, { cause }) : cause;
    });
    server.ahead = (Date.parse(answer.headers.date ?? '') - Date.now()) / 1000;
    if (answer.status >= 500) throw failureOf(answer);
    return answer;
  };
  try {
    return await once();
  } catch (error) {
    if (signal?.aborted) throw error;
    return once();
  }
}

function parseAnswer(answer: Answer): RangeAnswer {
  if (answer.status !== 200) throw failureOf(answer);
  return parseRangeAnswer(answer.body.toString('utf8'));
}

/** Prometheus explains what is wrong with a query; a proxy before it, and its own login, do not. */
function failureOf({ status, reason, headers, body }: Answer): Error {
  const isDenied = status === 401 || status === 403;
  if (!isDenied && headers['content-type']?.startsWith('application/json')) {
    try {
      parseRangeAnswer(body.toString('utf8'));
    } catch (error) {
      return error as Error;
    }
  }
  const remedy = isDenied ? ': check the user and password, or the bearer token' : '';
  return new Error(`it answered ${status} ${reason}${remedy}`);
}
