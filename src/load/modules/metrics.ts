import { GoError } from '../go-error.ts';
import { type Metric, type MetricType, record, type Tags } from '../metrics.ts';
import type { VU } from '../vu.ts';
import { withTags } from './tags.ts';

/** `k6/metrics` for one VU. */
export function metricsModule(vu: VU): Record<string, unknown> {
  const { session } = vu;

  function declare(type: MetricType, name: unknown, isTime: unknown): Metric {
    if (vu.initialised) throw new GoError('metrics must be declared in the init context');
    const text = name === undefined ? '' : String(name);
    if (!/^[a-zA-Z_][a-zA-Z0-9_]{1,127}$/.test(text)) {
      throw new GoError(
        `Invalid metric name: '${text}'. Metric names must only include up to 128 ASCII letters, numbers, or underscores and start with a letter or an underscore.`,
      );
    }
    return session.registry.declare(text, type, isTime === true ? 'time' : 'default');
  }

  function metricClass(type: MetricType) {
    return class {
      readonly name: string;
      readonly #metric: Metric;

      constructor(name: unknown, isTime?: unknown) {
        this.#metric = declare(type, name, isTime);
        this.name = this.#metric.name;
      }

      add(value: unknown, tags?: Record<string, unknown>): boolean {
        if (!vu.initialised) throw new GoError('Adding to metrics in the init context is not supported');
        // As in k6, anything that JavaScript makes a number of is one; infinite ones would spoil every sum.
        const number = value === null || value === undefined ? Number.NaN : +(value as number);
        if (!Number.isFinite(number)) {
          // biome-ignore lint/complexity/noArguments: k6 tells none from undefined, and a rest list would cost
          const given = arguments.length > 0;
          const what = !given ? 'no value was provided' : `'${String(value)}' is an invalid value`;
          const text = `${what} for metric '${this.name}', a number or a boolean value is expected`;
          if (session.options.throw) throw new GoError(text);
          session.log('warning', text);
          return false;
        }
        record(this.#metric, tagged(vu, this.name, tags), number);
        return true;
      }
    };
  }

  return {
    Counter: metricClass('counter'),
    Gauge: metricClass('gauge'),
    Rate: metricClass('rate'),
    Trend: metricClass('trend'),
  };
}

function tagged(vu: VU, name: string, given: Record<string, unknown> | undefined): Tags {
  try {
    return withTags(vu.tags, given);
  } catch (error) {
    throw new GoError(`cannot add tags for the '${name}' custom metric: ${(error as Error).message}`);
  }
}
