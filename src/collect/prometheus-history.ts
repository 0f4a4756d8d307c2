import { messageOf } from '../errors.ts';
import { parseDuration } from '../units.ts';
import { type Collector, type Moment, type Reading, withoutCredentials } from './collector.ts';
import { type RangeAnswer, seriesNameOf } from './prometheus-answer.ts';
import { openServer, type PrometheusServer, queryRange, wrong } from './prometheus-api.ts';
import { filtersOf, type Query, readyQueries, readySets } from './prometheus-queries.ts';
import { Remarks } from './remarks.ts';

/** Seconds between two readings: how often Prometheus scrapes where nobody says otherwise. */
const STEP = '15s';

/** Seconds, beside the one by which the time of an answer is rounded and the one it may have been on its way. */
const CLOCKS_APART = 3;

/**
 * Reads what a Prometheus server has stored, once, when the run is over: it scrapes every 15 s or so, and asking more
 * often brings nothing new. The URL of `openServer` with, after the `?`, any of
 *
 * - `ready=kubernetes`: CPU, throttling and memory of containers (cAdvisor), requests, limits, restarts and replicas
 *   (kube-state-metrics); filters `namespace`, `pod`, `container`, `deployment`
 * - `ready=node`: disks (node exporter); filters `instance`, `device`
 * - `query=NAME:PROMQL`: a query of one's own, as often as needed; its series are called NAME
 * - `step=15s`: the time between two readings, at best that between two scrapes
 *
 * A filter is a regular expression that matches the whole label: `pod=fx-api-.*`. Throws USAGE.
 */
export function openPrometheusHistory(
  address: string,
  environment: Readonly<Record<string, string | undefined>>,
): Collector {
  const server = openServer(address, environment);
  const { queries, step } = parseQuestions(server.parameters);
  const remarks = new Remarks();
  let clocksTold = false;
  const history = async (from: Date, to: Date, signal?: AbortSignal) => {
    const range = signal === undefined ? {} : { signal };
    const outcomes = await Promise.allSettled(
      queries.map(({ promql }) => queryRange(server, promql, from, to, step, range)),
    );
    const answers: [Query, RangeAnswer][] = [];
    const failures: [Query, unknown][] = [];
    queries.forEach((query, i) => {
      const outcome = outcomes[i];
      if (outcome?.status === 'fulfilled') answers.push([query, outcome.value]);
      else failures.push([query, outcome?.reason]);
    });
    // Nothing answered: one reason will do for all.
    if (answers.length === 0) throw failures[0]?.[1];
    for (const [{ name }, reason] of failures) remarks.once(`${name} is missing: ${messageOf(reason)}`);
    for (const [{ name }, { series, warnings }] of answers) {
      for (const warning of warnings) remarks.once(warning);
      if (series.length === 0 && to > from) remarks.once(`${name} has no series`);
    }
    if (!clocksTold && Math.abs(server.ahead) > CLOCKS_APART) {
      clocksTold = true;
      const seconds = Math.abs(server.ahead).toFixed(0);
      const direction = server.ahead > 0 ? 'ahead of' : 'behind';
      remarks.once(
        `its clock is ${seconds} s ${direction} this machine's, and its readings are off by as much`,
      );
    }
    return momentsOf(answers);
  };
  return {
    source: `prometheus-api/${server.url.host}${server.url.pathname === '/' ? '' : server.url.pathname}`,
    url: `prometheus+${withoutCredentials(server.url)}`,
    history,
    async sample() {
      const now = new Date();
      return (await history(now, now))[0]?.reading ?? { values: {} };
    },
    remarks: () => remarks.take(),
    async close() {
      server.client.close();
    },
  };
}

function parseQuestions(parameters: PrometheusServer['parameters']): { queries: Query[]; step: number } {
  const all = (name: string) => parameters.filter(([key]) => key === name).map(([, value]) => value);
  const sets = all('ready');
  for (const set of sets) {
    if (!readySets.includes(set)) throw wrong(`it knows no set ${set}`, `ready is ${readySets.join(' or ')}`);
  }
  const filters = sets.flatMap(filtersOf);
  for (const [name] of parameters) {
    if (['ready', 'query', 'step', ...filters].includes(name)) continue;
    const known = ['query=NAME:PROMQL', 'ready=SET', 'step=15s', 'token_env=NAME', ...filters];
    throw wrong(`it knows no parameter ${name}`, `with these it knows ${known.join(', ')}`);
  }
  const queries = [
    ...sets.flatMap((set) => readyQueries(set, Object.fromEntries(parameters))),
    ...all('query').map(parseQuery),
  ];
  if (queries.length === 0) {
    throw wrong('it asks for nothing', `add ready=${readySets.join(', ready=')} or query=NAME:PROMQL`);
  }
  return { queries, step: parseStep(all('step').at(-1) ?? STEP) };
}

function parseQuery(text: string): Query {
  const [, name, promql] = /^([a-zA-Z_][a-zA-Z0-9_]*):(.+)$/s.exec(text) ?? [];
  if (name === undefined || promql === undefined) {
    throw wrong(
      'a query has no name',
      'write for example query=orders_per_second:sum(rate(orders_total[1m]))',
    );
  }
  return { name, promql };
}

function parseStep(text: string): number {
  const step = parseDuration(text);
  if (step < 1)
    throw wrong(`step=${text} is too short`, 'write 1s or longer; Prometheus has not more to tell');
  return step;
}

/** By time, as a run file has it. */
function momentsOf(answers: readonly [Query, RangeAnswer][]): Moment[] {
  type Whole = { values: Reading['values']; histograms: NonNullable<Reading['histograms']> };
  const moments = new Map<number, Whole>();
  const at = (t: number) => {
    const known: Whole = moments.get(t) ?? { values: {}, histograms: {} };
    moments.set(t, known);
    return known;
  };
  for (const [{ name }, { series }] of answers) {
    for (const { labels, points, histograms } of series) {
      const key = seriesNameOf(name, labels);
      for (const { t, value } of points) at(t).values[key] = value;
      for (const { t, sum, histogram } of histograms) {
        const { values, histograms: own } = at(t);
        own[key] = histogram;
        values[seriesNameOf(`${name}_count`, labels)] = histogram.counts.at(-1) ?? 0;
        if (Number.isFinite(sum)) values[seriesNameOf(`${name}_sum`, labels)] = sum;
      }
    }
  }
  return [...moments]
    .sort(([a], [b]) => a - b)
    .map(([t, reading]) => ({ t: new Date(Math.round(t * 1000)), reading }));
}
