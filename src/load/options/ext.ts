import { FxscaleError } from '../../errors.ts';
import { type Given, isRecord, refuse, wholeNumber } from './fields.ts';
import type { Scenario } from './scenarios.ts';

/**
 * What only fxscale can do, under `options.ext.fxscale`, where the real k6 accepts anything and heeds nothing:
 * `{ arrivals: { SCENARIO: 'poisson' | { process: 'poisson', seed: 7 } } }`.
 */
export type ArrivalProcess = {
  /** Evenly spaced, as in k6, or at random with the same mean rate. */
  readonly arrivals: 'uniform' | 'poisson';
  /** Of the random arrivals; the same seed gives the same times. */
  readonly seed: number;
};

/** Throws SCRIPT_OPTIONS, also for names that are not fxscale's: a slip of the pen must not pass for a setting. */
export function readExt(given: Given): ReadonlyMap<string, ArrivalProcess> {
  if (!isRecord(given.value)) throw refuse(given, 'it must be an object');
  const own = given.value.fxscale ?? {};
  const named = { ...given, name: `${given.name}.fxscale`, value: own };
  if (!isRecord(own)) throw refuse(named, 'it must be an object such as { arrivals: { NAME: "poisson" } }');
  const unknown = Object.keys(own).find((name) => name !== 'arrivals');
  if (unknown !== undefined) {
    throw refuse(
      { ...named, name: `${named.name}.${unknown}`, value: own[unknown] },
      'it takes arrivals only',
    );
  }
  const arrivals = { ...named, name: `${named.name}.arrivals`, value: own.arrivals ?? {} };
  if (!isRecord(arrivals.value))
    throw refuse(arrivals, 'it must be an object with one entry for each scenario');
  return new Map(
    Object.entries(arrivals.value).map(([scenario, value]) => [
      scenario,
      readProcess({ ...given, name: `${arrivals.name}.${scenario}`, value }),
    ]),
  );
}

function readProcess(given: Given): ArrivalProcess {
  const right = 'it must be "uniform", "poisson" or { process, seed } with a whole number as its seed';
  const { process, seed = 1, ...rest } = isRecord(given.value) ? given.value : { process: given.value };
  const number = wholeNumber(seed);
  if (process !== 'uniform' && process !== 'poisson') throw refuse(given, right);
  if (number === undefined || number < 0 || Object.keys(rest).length > 0) throw refuse(given, right);
  return { arrivals: process, seed: number };
}

/** The scenarios with their arrivals. Throws SCRIPT_OPTIONS for a name that is no scenario with an arrival rate. */
export function withArrivals(
  scenarios: readonly Scenario[],
  arrivals: ReadonlyMap<string, ArrivalProcess>,
): Scenario[] {
  const rated = new Set(scenarios.filter((one) => 'timeUnit' in one).map(({ name }) => name));
  for (const name of arrivals.keys()) {
    if (rated.has(name)) continue;
    throw new FxscaleError(
      'SCRIPT_OPTIONS',
      `options.ext.fxscale.arrivals.${name}: there is no scenario of that name with an arrival rate`,
    );
  }
  return scenarios.map((one) => ('timeUnit' in one ? { ...one, ...arrivals.get(one.name) } : one));
}
