import { FxscaleError } from '../errors.ts';
import { quantile } from '../models/quantile.ts';
import type { Fits, Fitted } from './fits.ts';
import type { Basis, Use } from './types.ts';

/** What one request of the planned mix costs, and what is used per second without any. */
export type Cost = { perRequest: number; background: number };

/** A cost with its uncertainty: one more cost for every bootstrap replicate, in the order of the replicates. */
export type CostModel = Cost & { replicates: Cost[]; basis: Basis };

export function declaredCost(perRequest: number): CostModel {
  return { perRequest, background: 0, replicates: [], basis: 'declared' };
}

/** The cost of a request of `mix`, whose shares sum to one. Classes that were not measured must not be in it. */
export function costOf(
  { classes, fit }: Pick<Fitted, 'classes' | 'fit'>,
  mix: Readonly<Record<string, number>>,
): CostModel {
  const shares = classes.map((name) => mix[name] ?? 0);
  const cost = (background: number, demands: readonly number[]): Cost => ({
    background,
    perRequest: demands.reduce((sum, demand, k) => sum + demand * (shares[k] as number), 0),
  });
  return {
    ...cost(
      fit.background.value,
      fit.demands.map(({ value }) => value),
    ),
    replicates: fit.replicates.map(([background = 0, ...demands]) => cost(background, demands)),
    basis: 'measured',
  };
}

/** What `rate` requests per second use of something with `units` backgrounds, such as replicas. */
export function useAt(model: CostModel, rate: number, units = 1): Use {
  const at = ({ perRequest, background }: Cost) => perRequest * rate + background * units;
  const values = model.replicates.map(at);
  const value = at(model);
  if (values.length === 0) return { value, low: value, high: value, basis: model.basis };
  return {
    value,
    low: Math.min(value, quantile(values, 0.025)),
    high: Math.max(value, quantile(values, 0.975)),
    basis: model.basis,
  };
}

/** The same at one confidence: what is used is no more than this with that probability. */
export function upperUse(model: CostModel, rate: number, confidence: number, units = 1): number {
  const at = ({ perRequest, background }: Cost) => perRequest * rate + background * units;
  return model.replicates.length === 0 ? at(model) : quantile(model.replicates.map(at), confidence);
}

/**
 * The mix to plan for, with shares that sum to one: the requested one, or as measured. Throws REFUSED for a class that
 * no run sent, and when it shifts the shares of classes whose separate costs the runs do not tell.
 */
export function resolveMix(
  requested: Readonly<Record<string, number>> | undefined,
  measured: Readonly<Record<string, number>>,
  fits: Fits,
): Record<string, number> {
  if (requested === undefined) return { ...measured };
  const total = Object.values(requested).reduce((sum, share) => sum + share, 0);
  for (const name of Object.keys(requested)) {
    if (!Object.hasOwn(measured, name)) {
      const known = Object.keys(measured).join(', ');
      throw new FxscaleError(
        'REFUSED',
        `--mix ${name}: no run sent this class; they sent ${known || 'none'}`,
      );
    }
  }
  for (const { resource, classes } of Object.values(fits)) {
    const missing = Object.keys(requested).find(
      (name) => (requested[name] ?? 0) > 0 && !classes.includes(name),
    );
    if (missing !== undefined) {
      throw new FxscaleError(
        'REFUSED',
        `--mix ${missing}: too few of its requests were measured to tell what it costs (${resource}); measure more`,
      );
    }
  }
  const mix = Object.fromEntries(Object.keys(measured).map((name) => [name, (requested[name] ?? 0) / total]));
  for (const fitted of Object.values(fits)) checkGroups(fitted, mix, measured);
  return mix;
}

/** By how much the share of a class within an inseparable group may differ from the measured one. */
const TOLERANCE = 0.1;

function checkGroups(
  { resource, classes, fit }: Fitted,
  mix: Readonly<Record<string, number>>,
  measured: Readonly<Record<string, number>>,
): void {
  for (const group of fit.groups.filter(({ length }) => length > 1)) {
    const names = group.map((k) => classes[k] as string);
    const share = (of: Readonly<Record<string, number>>, name: string) => {
      const whole = names.reduce((sum, other) => sum + (of[other] ?? 0), 0);
      return whole === 0 ? 0 : (of[name] ?? 0) / whole;
    };
    const planned = names.some((name) => (mix[name] ?? 0) > 0);
    if (planned && names.some((name) => Math.abs(share(mix, name) - share(measured, name)) > TOLERANCE)) {
      throw new FxscaleError(
        'REFUSED',
        `--mix: the runs do not tell what ${names.join(' and ')} cost apart (${resource}); ` +
          'measure a load in which their shares change, or keep them as measured',
      );
    }
  }
}
