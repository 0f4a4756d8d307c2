import { FxscaleError } from '../../errors.ts';
import { type Metric, type MetricType, record } from '../metrics.ts';
import type { VU } from '../vu.ts';
import { withTags } from './tags.ts';

/** `k6/metrics` for one VU. */
export function metricsModule(vu: VU): Record<string, unknown> {
  const { session } = vu;

  function declare(type: MetricType, name: unknown, isTime: unknown): Metric {
    if (vu.initialised) throw new Error('metrics must be declared in the init context');
    if (typeof name !== 'string' || !/^[a-zA-Z_][a-zA-Z0-9_]{1,127}$/.test(name)) {
      throw new Error(
        `Invalid metric name ${JSON.stringify(name)}: it must begin with a letter or underscore and have 2 to 128 letters, digits or underscores`,
      );
    }
    return session.registry.declare(name, type, isTime === true ? 'time' : 'default');
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
        if (!vu.initialised)
          throw new Error('metrics can only be added to in a test, not in the init context');
        const number = typeof value === 'boolean' ? Number(value) : value;
        if (typeof number !== 'number' || !Number.isFinite(number)) {
          const text = `'${String(value)}' is an invalid value for metric '${this.name}', a number or a boolean value is expected`;
          if (session.options.throw) throw new FxscaleError('SCRIPT', text);
          session.log('warning', text);
          return false;
        }
        record(this.#metric, withTags(vu.tags, tags), number);
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
