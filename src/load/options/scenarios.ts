import { FxscaleError } from '../../errors.ts';
import type { Stage } from '../schedule/plan.ts';
import { Fields, type Given, isRecord, refuse } from './fields.ts';

type Common = {
  readonly name: string;
  /** Seconds after the start of the load. */
  readonly startTime: number;
  /** Seconds that running iterations have when the regular duration is over. */
  readonly gracefulStop: number;
  /** The exported function that is one iteration. */
  readonly exec: string;
  readonly env: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
};

type Arrivals = {
  readonly timeUnit: number;
  readonly preAllocatedVUs: number;
  readonly maxVUs: number;
  readonly arrivals: 'uniform' | 'poisson';
  /** Of random arrivals. */
  readonly seed: number;
};
type Iterations = { readonly vus: number; readonly iterations: number; readonly maxDuration: number };
type Ramp = { readonly stages: readonly Stage[] };

/** What each executor needs to know, complete and valid. Times are seconds. */
type Executors = {
  'shared-iterations': Iterations;
  'per-vu-iterations': Iterations;
  'constant-vus': { readonly vus: number; readonly duration: number };
  'ramping-vus': Ramp & { readonly startVUs: number; readonly gracefulRampDown: number };
  'constant-arrival-rate': Arrivals & { readonly rate: number; readonly duration: number };
  'ramping-arrival-rate': Arrivals & Ramp & { readonly startRate: number };
};

export type ExecutorName = keyof Executors;

/** One scenario of a test. */
export type Scenario = {
  [Name in ExecutorName]: Common & { readonly executor: Name } & Executors[Name];
}[ExecutorName];

const MAX_VUS = 100_000_000;

/** How the fields of each executor are read, in the order in which k6 prints them. */
const readers: { readonly [Name in ExecutorName]: (fields: Fields) => Executors[Name] } = {
  'shared-iterations': (fields) => {
    const config = iterations(fields);
    if (config.iterations < config.vus) {
      throw fields.wrong('iterations', `it must be at least the number of VUs, ${config.vus}`);
    }
    return config;
  },
  'per-vu-iterations': iterations,
  'constant-vus': (fields) => ({
    vus: fields.integer('vus', { min: 1, max: MAX_VUS }, 1),
    duration: fields.seconds('duration', 1),
  }),
  'ramping-vus': (fields) => {
    const startVUs = fields.integer('startVUs', { min: 0, max: MAX_VUS }, 1);
    const stages = stagesOf(fields);
    if (stages.some(({ target }) => target > MAX_VUS)) {
      throw fields.wrong('stages', `a target must be at most ${MAX_VUS}`);
    }
    if (startVUs === 0 && stages.every(({ target }) => target === 0)) {
      throw fields.wrong('stages', 'startVUs or the target of a stage must be more than 0');
    }
    return { startVUs, stages, gracefulRampDown: fields.seconds('gracefulRampDown', 0, 30) };
  },
  'constant-arrival-rate': (fields) => {
    const rate = fields.integer('rate', { min: 1 });
    const timeUnit = timeUnitOf(fields, [rate], 'rate');
    return { rate, timeUnit, duration: fields.seconds('duration', 1), ...pool(fields) };
  },
  'ramping-arrival-rate': (fields) => {
    const startRate = fields.integer('startRate', { min: 0 }, 0);
    const timeUnit = timeUnitOf(fields, [startRate], 'startRate');
    const stages = stagesOf(fields);
    refuseTooFast(
      fields,
      stages.map(({ target }) => target),
      timeUnit,
      'stages',
    );
    return { startRate, timeUnit, stages, ...pool(fields) };
  },
};

export const executorNames = Object.keys(readers) as ExecutorName[];

function iterations(fields: Fields): Iterations {
  return {
    vus: fields.integer('vus', { min: 1, max: MAX_VUS }, 1),
    iterations: fields.integer('iterations', { min: 1 }, 1),
    maxDuration: fields.seconds('maxDuration', 1, 600),
  };
}

function stagesOf(fields: Fields): readonly Stage[] {
  const stages = fields.stages('stages');
  if (stages.length === 0) throw fields.wrong('stages', 'it must have at least one stage');
  return stages;
}

function timeUnitOf(fields: Fields, rates: readonly number[], field: string): number {
  const timeUnit = fields.seconds('timeUnit', 1e-9, 1);
  refuseTooFast(fields, rates, timeUnit, field);
  return timeUnit;
}

function refuseTooFast(fields: Fields, rates: readonly number[], timeUnit: number, field: string): void {
  if (rates.some((rate) => rate > timeUnit * 1e9)) {
    throw fields.wrong(field, 'a rate must be at most one iteration per nanosecond');
  }
}

function pool(fields: Fields): Omit<Arrivals, 'timeUnit'> {
  const preAllocatedVUs = fields.integer('preAllocatedVUs', { min: 0, max: MAX_VUS });
  const maxVUs = fields.integer('maxVUs', { min: 0, max: MAX_VUS }, preAllocatedVUs);
  if (maxVUs < preAllocatedVUs) {
    throw fields.wrong('maxVUs', `it must be at least preAllocatedVUs, ${preAllocatedVUs}`);
  }
  return { preAllocatedVUs, maxVUs, arrivals: 'uniform', seed: 1 };
}

/** A scenario and the same in k6's notation. */
export type ReadScenario = { scenario: Scenario; consolidated: object };

/**
 * The scenario called `name`. Throws SCRIPT_OPTIONS with the scenario, the field, what is wrong with it and what
 * would be right.
 */
export function readScenario(name: string, given: Given): ReadScenario {
  const where = `scenario "${name}"`;
  if (!/^[0-9a-zA-Z_-]+$/.test(name)) {
    throw new FxscaleError('SCRIPT_OPTIONS', `${where}: a name may hold only digits, Latin letters, _ and -`);
  }
  if (!isRecord(given.value))
    throw refuse({ ...given, name: where }, 'it must be an object with an executor');
  const entries = Object.entries(given.value).map(([field, value]): [string, Given] => [
    field,
    { value, name: `${where}: ${field}`, layer: given.layer },
  ]);
  return readFields(name, new Map(entries));
}

/** The same from fields of which each may come from a layer of its own. Throws what `readScenario` throws. */
export function readFields(name: string, given: ReadonlyMap<string, Given>): ReadScenario {
  const where = `scenario "${name}"`;
  const fields = new Fields(given, (field) => `${where}: ${field}`);
  const executor = executorOf(fields, fields.raw('executor'));
  const common = {
    name,
    startTime: fields.seconds('startTime', 0, 0),
    gracefulStop: fields.seconds('gracefulStop', 0, 30),
    env: fields.map('env'),
    exec: fields.text('exec', 'default'),
    tags: fields.map('tags'),
  };
  if (common.exec === '') throw fields.wrong('exec', 'it must name an exported function');
  refuseBrowser(fields, fields.raw('options'), where);
  const scenario = { ...common, executor, ...readers[executor](fields) } as Scenario;
  const unknown = fields.unread()[0];
  if (unknown) {
    const known = Object.keys(fields.consolidated).join(', ');
    throw refuse(unknown, `${executor} has no such field; it takes ${known}`);
  }
  return { scenario, consolidated: { executor, ...fields.consolidated } };
}

function executorOf(fields: Fields, value: unknown): ExecutorName {
  if (value === 'externally-controlled') {
    throw fields.wrong('executor', `k6 2.0 removed it; use one of ${executorNames.join(', ')}`);
  }
  const found = executorNames.find((executor) => executor === value);
  if (found === undefined) throw fields.wrong('executor', `it must be one of ${executorNames.join(', ')}`);
  fields.skip('executor');
  return found;
}

/** `options` holds browser settings only. */
function refuseBrowser(fields: Fields, value: unknown, where: string): void {
  const empty = value === undefined || value === null || (isRecord(value) && Object.keys(value).length === 0);
  if (!empty) throw new FxscaleError('SCRIPT_OPTIONS', `${where}: options (k6/browser) is not supported yet`);
  fields.skip('options');
}
