import { FxscaleError } from '../errors.ts';
import type { MetricType } from './metrics.ts';

/** What a threshold compares. `percentile` is set for `p`, 0 to 100. */
export type Condition = {
  readonly method: Method;
  readonly percentile: number;
  readonly operator: Operator;
  readonly limit: number;
};

type Method = 'count' | 'rate' | 'value' | 'avg' | 'min' | 'max' | 'med' | 'p';
type Operator = keyof typeof operators;

/** `===` and `==` are the same, as in k6. */
export const operators = {
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

/** A condition such as `p(95) < 500`. Throws SCRIPT_OPTIONS; `metric` is for its message. */
export function parseExpression(metric: string, expression: string): Condition {
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

/** Throws SCRIPT_OPTIONS for an aggregation that metrics of that type do not have. */
export function refuseMethod(metric: string, expression: string, method: Method, type: MetricType): void {
  const supported = methodsOf[type];
  if (supported.includes(method)) return;
  const names = supported.map((name) => (name === 'p' ? 'p(N)' : name)).join(', ');
  throw invalid(`threshold "${expression}" on ${metric}: a ${type} has no ${method}; use ${names}`);
}

/** The metric and what stands between the braces behind it. Throws SCRIPT_OPTIONS for braces that do not close. */
export function parseMetric(written: string): { name: string; selector: string | undefined } {
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

/** Tags from `a:b,c:d`; quotes and blanks do not count. Throws SCRIPT_OPTIONS for a tag without a value. */
export function parseSelector(written: string, selector: string): [key: string, value: string][] {
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

/** A SCRIPT_OPTIONS error. */
export function invalid(message: string): FxscaleError {
  return new FxscaleError('SCRIPT_OPTIONS', message);
}
