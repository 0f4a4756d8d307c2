import { FxscaleError } from '../errors.ts';
import type { MetricType, Registry, Sink } from './metrics.ts';
import type { ThresholdSpec } from './options-thresholds.ts';

/** What a threshold compares. `percentile` is set for `p`, 0 to 100. */
type Condition = {
  readonly method: Method;
  readonly percentile: number;
  readonly operator: Operator;
  readonly limit: number;
};

type Method = 'count' | 'rate' | 'value' | 'avg' | 'min' | 'max' | 'med' | 'p';
type Operator = keyof typeof operators;

/** How one threshold stands. `aggregation` is the left side of its expression, `value` what that was. */
export type Verdict = {
  /** With its selector, as in the summary. */
  readonly metric: string;
  readonly expression: string;
  readonly aggregation: string;
  readonly value: number;
  readonly ok: boolean;
};

type Watched = {
  readonly metric: string;
  readonly sink: Sink;
  readonly conditions: readonly (ThresholdSpec & Condition)[];
};

const operators = {
  '===': (value: number, limit: number) => value === limit,
  '==': (value: number, limit: number) => value === limit,
  '!=': (value: number, limit: number) => value !== limit,
  '<=': (value: number, limit: number) => value <= limit,
  '>=': (value: number, limit: number) => value >= limit,
  '<': (value: number, limit: number) => value < limit,
  '>': (value: number, limit: number) => value > limit,
};

const methodsOf: Readonly<Record<MetricType, readonly Method[]>> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med', 'p'],
};

const EXPRESSION = /^\s*(count|rate|value|avg|min|max|med|p\(([^)]*)\))\s*(===|==|!=|<=|>=|<|>)\s*(.*?)\s*$/s;

/** The conditions of a test. They see the whole test so far; k6 has no windows. */
export class Thresholds {
  readonly #specs: readonly (readonly [metric: string, conditions: readonly (ThresholdSpec & Condition)[]])[];
  #watched: readonly Watched[] = [];

  /** Throws SCRIPT_OPTIONS for an expression that is none. */
  constructor(specs: Iterable<readonly [metric: string, specs: readonly ThresholdSpec[]]>) {
    this.#specs = [...specs].map(([metric, own]) => [
      metric,
      own.map((spec) => ({ ...spec, ...parseExpression(metric, spec.expression) })),
    ]);
  }

  /**
   * Finds the metrics, and makes the views of them that selectors name; to be called when every metric is declared
   * and before the first sample. Returns warnings. Throws SCRIPT_OPTIONS for a metric that does not exist, a
   * selector that is none, and an aggregation that the type of metric does not have.
   */
  register(registry: Registry): string[] {
    const duration = registry.get('http_req_duration');
    if (duration) registry.submetric(duration, 'expected_response:true', [['expected_response', 'true']]);
    const warnings: string[] = [];
    this.#watched = this.#specs.map(([written, conditions]) => {
      const { name, selector } = parseMetric(written);
      const metric = registry.get(name);
      if (metric === undefined) {
        throw invalid(
          `threshold on ${written}: there is no metric "${name}", neither built in nor declared by the script`,
        );
      }
      for (const { method, expression } of conditions) refuseMethod(written, expression, method, metric.type);
      if (selector === undefined) return { metric: name, sink: metric.sink, conditions };
      const tags = parseSelector(written, selector);
      for (const [key] of tags) {
        if (key === 'vu' || key === 'iter')
          warnings.push(`threshold on ${written}: samples are not told apart by ${key}`);
      }
      const view = registry.submetric(metric, selector.trim(), tags);
      return { metric: view.name, sink: view.sink, conditions };
    });
    return warnings;
  }

  /**
   * How the conditions stand after `seconds` of the test. Before the end those on a metric without samples are left
   * out; `abort` says why the test must end now, if it must. At the end all are judged: without samples a rate
   * passes whatever is asked of it, and every other aggregate is 0.
   */
  judge(seconds: number, final: boolean): { verdicts: Verdict[]; abort: string | undefined } {
    const verdicts: Verdict[] = [];
    let abort = false;
    for (const { metric, sink, conditions } of this.#watched) {
      if (!final && sink.samples === 0) continue;
      for (const condition of conditions) {
        const value = aggregate(sink, condition, seconds);
        const ok =
          (sink.type === 'rate' && sink.samples === 0) ||
          operators[condition.operator](value, condition.limit);
        const { expression, delayAbortEval } = condition;
        const due = delayAbortEval === 0 || seconds > delayAbortEval;
        abort ||= !ok && !final && condition.abortOnFail && due;
        verdicts.push({ metric, expression, aggregation: nameOf(condition), value, ok });
      }
    }
    const names = `thresholds on metrics '${crossed(verdicts).join(', ')}' were crossed`;
    return {
      verdicts,
      abort: abort ? `${names}; at least one has abortOnFail enabled, stopping test prematurely` : undefined,
    };
  }
}

/** The line that k6 ends a test with whose thresholds do not all hold. */
export function crossedMessage(verdicts: readonly Verdict[]): string | undefined {
  const names = crossed(verdicts);
  return names.length === 0 ? undefined : `thresholds on metrics '${names.join(', ')}' have been crossed`;
}

function crossed(verdicts: readonly Verdict[]): string[] {
  return [...new Set(verdicts.filter(({ ok }) => !ok).map(({ metric }) => metric))].toSorted();
}

function aggregate(sink: Sink, { method, percentile }: Condition, seconds: number): number {
  if (sink.type === 'gauge') return sink.last;
  if (sink.type === 'rate') return sink.samples === 0 ? 0 : sink.trues / sink.samples;
  if (sink.type === 'counter')
    return method === 'count' ? sink.total : seconds > 0 ? sink.total / seconds : 0;
  return trendStat(sink, method === 'p' ? percentile : method);
}

/** A number of a trend: a percentile, 0 to 100, or one of avg, min, med, max, count. 0 without samples. */
export function trendStat(sink: Extract<Sink, { type: 'trend' }>, stat: number | string): number {
  const { histogram } = sink;
  if (histogram.count === 0) return 0;
  if (typeof stat === 'number') return histogram.quantile(stat / 100);
  if (stat === 'min') return histogram.min;
  if (stat === 'max') return histogram.max;
  if (stat === 'med') return histogram.quantile(0.5);
  return stat === 'count' ? histogram.count : histogram.mean;
}

function nameOf({ method, expression }: ThresholdSpec & Condition): string {
  return method === 'p' ? (/p\([^)]*\)/.exec(expression)?.[0] ?? method) : method;
}

function parseExpression(metric: string, expression: string): Condition {
  const [, method = '', percent, operator = '', right = ''] = EXPRESSION.exec(expression) ?? [];
  const where = `threshold "${expression}" on ${metric}`;
  if (method === '') {
    throw invalid(
      `${where}: write an aggregation, a comparison and a number, for example "p(95)<500" or "rate>0.99"`,
    );
  }
  const limit = parseNumber(right);
  if (limit === undefined) throw invalid(`${where}: ${JSON.stringify(right)} is not a number`);
  const percentile = percent === undefined ? 0 : parseNumber(percent);
  if (percentile === undefined || !(percentile >= 0 && percentile <= 100)) {
    throw invalid(`${where}: p(N) takes a number from 0 to 100`);
  }
  const known = percent === undefined ? (method as Method) : 'p';
  return { method: known, percentile, operator: operator as Operator, limit };
}

/** A number as Go reads it; undefined when it is none. */
function parseNumber(text: string): number | undefined {
  if (/^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text.replaceAll('_', ''));
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}

function refuseMethod(metric: string, expression: string, method: Method, type: MetricType): void {
  const supported = methodsOf[type];
  if (supported.includes(method)) return;
  const names = supported.map((name) => (name === 'p' ? 'p(N)' : name)).join(', ');
  throw invalid(`threshold "${expression}" on ${metric}: a ${type} has no ${method}; use ${names}`);
}

function parseMetric(written: string): { name: string; selector: string | undefined } {
  const open = written.indexOf('{');
  const braces = written.includes('{') || written.includes('}');
  if (!braces) return { name: written, selector: undefined };
  if (open < 0 || !written.endsWith('}')) {
    throw invalid(
      `threshold on ${written}: its selector must stand in braces at the end, for example http_reqs{name:home}`,
    );
  }
  return { name: written.slice(0, open), selector: written.slice(open + 1, -1) };
}

function parseSelector(written: string, selector: string): [key: string, value: string][] {
  const tags = new Map<string, string>();
  for (const pair of selector.split(',')) {
    const [, key = '', value = ''] = /^([^:]*):(.*)$/s.exec(pair) ?? [];
    if (key.trim() === '' || value.trim() === '') {
      throw invalid(
        `threshold on ${written}: ${JSON.stringify(pair)} is not a tag and its value, for example name:home`,
      );
    }
    tags.set(unquoted(key), unquoted(value));
  }
  return [...tags];
}

function unquoted(text: string): string {
  return text
    .trim()
    .replace(/^["']+|["']+$/g, '')
    .trim();
}

function invalid(message: string): FxscaleError {
  return new FxscaleError('SCRIPT_OPTIONS', message);
}
