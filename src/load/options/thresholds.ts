import { durationOf, type Given, goDuration, isRecord, refuse } from './fields.ts';

/** One condition on a metric. */
export type ThresholdSpec = {
  readonly expression: string;
  /** End the test early when the condition does not hold. */
  readonly abortOnFail: boolean;
  /** Seconds that must have passed before a condition that does not hold ends the test. */
  readonly delayAbortEval: number;
  /**
   * Judge the last so many seconds at every tick instead of the whole test; it must hold in every such window. Not
   * in k6, which ignores the field and judges the whole test.
   */
  readonly window?: number;
  /** The verdict when there is nothing to judge; without it k6's, which lets most conditions pass. Not in k6. */
  readonly noData?: NoData;
};

export type NoData = 'fail' | 'pass';

/** `options.thresholds` by metric. Throws SCRIPT_OPTIONS with the metric. */
export function readThresholds(given: Given): ReadonlyMap<string, readonly ThresholdSpec[]> {
  if (!isRecord(given.value)) throw refuse(given, 'it must be an object of metrics with lists of conditions');
  return new Map(
    Object.entries(given.value).map(([metric, conditions]) => {
      const own = { ...given, name: `${given.name}[${JSON.stringify(metric)}]`, value: conditions };
      if (conditions === null) return [metric, []];
      if (!Array.isArray(conditions))
        throw refuse(own, 'it must be a list of conditions such as ["p(95)<500"]');
      return [metric, conditions.map((value: unknown) => readThreshold({ ...own, value }))];
    }),
  );
}

function readThreshold(given: Given): ThresholdSpec {
  const { value } = given;
  if (typeof value === 'string') return { expression: value, abortOnFail: false, delayAbortEval: 0 };
  const right =
    'a condition is text such as "p(95)<500" or { threshold, abortOnFail, delayAbortEval, window, noData }';
  if (!isRecord(value) || typeof value.threshold !== 'string') throw refuse(given, right);
  const { abortOnFail, delayAbortEval } = value;
  if (typeof (abortOnFail ?? false) !== 'boolean') throw refuse(given, 'abortOnFail must be true or false');
  const delay = durationOf({ ...given, value: delayAbortEval ?? 0 });
  if (delay === undefined || delay < 0)
    throw refuse(given, 'delayAbortEval must be a duration such as "10s"');
  return {
    expression: value.threshold,
    abortOnFail: abortOnFail === true,
    delayAbortEval: delay,
    ...additions(given, value),
  };
}

/** The shortest window: thresholds are looked at every two seconds. */
const SHORTEST = 2;

function additions(given: Given, { window = null, noData = null }: Record<string, unknown>) {
  const seconds = window === null ? undefined : durationOf({ ...given, value: window });
  if (window !== null && !(seconds !== undefined && seconds >= SHORTEST))
    throw refuse(given, 'window must be a duration of at least 2s, for example "30s"');
  if (noData !== null && noData !== 'fail' && noData !== 'pass')
    throw refuse(given, 'noData must be "fail" or "pass"');
  return {
    ...(seconds !== undefined && { window: seconds }),
    ...(noData !== null && { noData: noData as NoData }),
  };
}

/** A condition in k6's notation. */
export function formatThreshold({ expression, abortOnFail, delayAbortEval }: ThresholdSpec): unknown {
  if (!abortOnFail) return expression;
  return {
    threshold: expression,
    abortOnFail,
    delayAbortEval: delayAbortEval === 0 ? null : goDuration(delayAbortEval),
  };
}
