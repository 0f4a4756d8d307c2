import type { Histogram } from '../models/histogram.ts';
import type { Registry, Sink } from './metrics.ts';
import { goDuration } from './options/fields.ts';
import type { ThresholdSpec } from './options/thresholds.ts';
import {
  type Condition,
  invalid,
  operators,
  parseExpression,
  parseMetric,
  parseSelector,
  refuseMethod,
} from './threshold-syntax.ts';
import { Window, type WindowTotals } from './threshold-windows.ts';

/**
 * How one threshold stands. `aggregation` is the left side of its expression, `value` what that was; of a threshold
 * over windows, what it was in the window that came closest to failing or failed worst.
 */
export type Verdict = {
  /** With its selector, as in the summary. */
  readonly metric: string;
  readonly expression: string;
  readonly aggregation: string;
  readonly value: number;
  readonly ok: boolean;
  /** There was nothing to judge, and the threshold says what that means. */
  readonly noData?: true;
};

type Watched = {
  readonly metric: string;
  readonly sink: Sink;
  readonly conditions: readonly (ThresholdSpec & Condition & { windowed: Windowed | undefined })[];
};

/** The window of one condition, and the worst that it has seen. */
type Windowed = { readonly window: Window; worst: Outcome | undefined };
type Outcome = Pick<Verdict, 'value' | 'ok' | 'noData'>;

/** The conditions of a test. They see the whole test so far, or the last seconds of it where they ask for a window. */
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
      const watched = (name: string, sink: Sink): Watched => ({
        metric: name,
        sink,
        conditions: conditions.map((one) => ({ ...one, windowed: windowedOf(one, sink) })),
      });
      if (selector === undefined) return watched(name, metric.sink);
      const tags = parseSelector(written, selector);
      for (const [key] of tags) {
        if (key === 'vu' || key === 'iter')
          warnings.push(`threshold on ${written}: samples are not told apart by ${key}`);
      }
      const view = registry.submetric(metric, selector.trim(), tags);
      return watched(view.name, view.sink);
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
      for (const condition of conditions) {
        const outcome =
          condition.windowed === undefined
            ? overall(sink, condition, seconds, final)
            : inWindow(condition.windowed, condition, seconds, final);
        if (outcome === undefined) continue;
        const due = condition.delayAbortEval === 0 || seconds > condition.delayAbortEval;
        abort ||= !outcome.ok && !final && condition.abortOnFail && due;
        verdicts.push({ metric, expression: shown(condition), aggregation: nameOf(condition), ...outcome });
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

/** Undefined when it is too early to tell. */
function overall(
  sink: Sink,
  condition: ThresholdSpec & Condition,
  seconds: number,
  final: boolean,
): Outcome | undefined {
  if (sink.samples > 0) return compare(sink, condition, seconds);
  if (!final) return undefined;
  if (condition.noData !== undefined) return { value: 0, ok: condition.noData === 'pass', noData: true };
  const outcome = compare(sink, condition, seconds);
  return sink.type === 'rate' ? { ...outcome, ok: true } : outcome;
}

/** The worst of the windows so far; undefined before the first. */
function inWindow(
  windowed: Windowed,
  condition: ThresholdSpec & Condition,
  seconds: number,
  final: boolean,
): Outcome | undefined {
  // Time runs on after the load, in teardown: only a test too short for one window is judged by what there is.
  if (final && windowed.worst !== undefined) return windowed.worst;
  const last = windowed.window.advance(seconds, final);
  if (last !== undefined && last.totals.samples > 0)
    windowed.worst = worse(windowed.worst, compare(last.totals, condition, last.seconds), condition);
  else if (last !== undefined && condition.noData !== undefined)
    windowed.worst = worse(
      windowed.worst,
      { value: 0, ok: condition.noData === 'pass', noData: true },
      condition,
    );
  return windowed.worst ?? (final ? { value: 0, ok: condition.noData !== 'fail', noData: true } : undefined);
}

function worse(known: Outcome | undefined, next: Outcome, { operator }: Condition): Outcome {
  if (known === undefined || (known.ok && !next.ok)) return next;
  if (next.ok !== known.ok || next.noData) return known;
  if (known.noData) return next;
  const higher = operator === '>' || operator === '>=' ? next.value < known.value : next.value > known.value;
  return higher ? next : known;
}

function windowedOf({ window }: ThresholdSpec, sink: Sink): Windowed | undefined {
  return window === undefined ? undefined : { window: new Window(sink, window), worst: undefined };
}

function shown({ expression, window }: ThresholdSpec): string {
  return window === undefined ? expression : `${expression} over ${goDuration(window)}`;
}

function compare(sink: Sink | WindowTotals, condition: Condition, seconds: number): Outcome {
  const value = aggregate(sink, condition, seconds);
  return { value, ok: operators[condition.operator](value, condition.limit) };
}

function aggregate(sink: Sink | WindowTotals, { method, percentile }: Condition, seconds: number): number {
  if (sink.type === 'gauge') return sink.last;
  if (sink.type === 'rate') return sink.samples === 0 ? 0 : sink.trues / sink.samples;
  if (sink.type === 'counter')
    return method === 'count' ? sink.total : seconds > 0 ? sink.total / seconds : 0;
  return trendStat(sink, method === 'p' ? percentile : method);
}

/** A number of a trend: a percentile, 0 to 100, or one of avg, min, med, max, count. 0 without samples. */
export function trendStat(sink: { readonly histogram: Histogram }, stat: number | string): number {
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
