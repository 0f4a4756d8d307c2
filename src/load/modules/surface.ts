import { FxscaleError } from '../../errors.ts';
import type { ModuleSurface, SupportedModules } from '../script.ts';
import type { VU } from '../vu.ts';
import { dataModule } from './data.ts';
import { executionModule } from './execution.ts';
import { httpModule } from './http.ts';
import { k6Module } from './k6.ts';
import { metricsModule } from './metrics.ts';

const none: ReadonlySet<string> = new Set();
const requests = ['get', 'head', 'post', 'put', 'patch', 'del', 'options', 'request'];

function surface(
  names: string[],
  blocking: Iterable<string> = none,
  callbacks: Iterable<string> = none,
): ModuleSurface {
  return { names: new Set(names), blocking: new Set(blocking), callbacks: new Set(callbacks) };
}

/** The k6 modules that this engine has, as far as the compiler must know them. */
export const supportedModules: SupportedModules = new Map([
  ['k6', surface(['check', 'fail', 'group', 'sleep'], ['sleep'], ['check', 'group'])],
  ['k6/http', surface(requests, requests)],
  ['k6/metrics', surface(['Counter', 'Gauge', 'Rate', 'Trend'])],
  ['k6/data', surface(['SharedArray'])],
  ['k6/execution', surface(['instance', 'scenario', 'test', 'vu'])],
]);

const makers: Record<string, (vu: VU) => Record<string, unknown>> = {
  k6: k6Module,
  'k6/http': httpModule,
  'k6/metrics': metricsModule,
  'k6/data': dataModule,
  'k6/execution': executionModule,
};

/** Stands behind a module's exports: asking for what is not there, by a computed name, ends the run. */
function missingNames(specifier: string, vu: VU): object {
  return new Proxy(Object.create(null) as object, {
    get(_, key) {
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
      const error = new FxscaleError(
        'SCRIPT',
        `${specifier}.${key} is not supported yet; run this script with the real k6`,
      );
      vu.session.stop(error);
      throw error;
    },
  });
}

/** The namespaces of all modules for one VU, each with its `default`. */
export function modulesOf(vu: VU): Record<string, Record<string, unknown>> {
  const modules: Record<string, Record<string, unknown>> = {};
  for (const [specifier, make] of Object.entries(makers)) {
    const exported = make(vu);
    exported.default = exported;
    modules[specifier] = Object.setPrototypeOf(exported, missingNames(specifier, vu));
  }
  return modules;
}
