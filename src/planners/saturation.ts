import { FxscaleError } from '../errors.ts';
import type { Run, RunRow } from '../run.ts';
import { formatPercent, formatSeconds, round } from '../units.ts';
import type { Fits } from './fits.ts';
import { type LatencyModel, latencyModel, utilisationAt } from './latency.ts';
import type { Observed, Slo } from './types.ts';

/** Without an SLO: the utilisation at which processor sharing takes five times as long as an idle server. */
export const DEFAULT_SATURATION = 0.8;
/** Above this a small error in the demand is already a queue without end. */
const HIGHEST = 0.9;
/** Below this nearly all that is paid for would stand idle. */
const LOWEST = 0.05;

/**
 * The utilisation that no replica may exceed so that every SLO holds. Throws REFUSED for an SLO that no count of
 * replicas can meet, or about which the runs say nothing.
 */
export function saturationFor(
  slos: readonly Slo[],
  model: (slo: Slo) => { subject: string; latency: LatencyModel }[],
): number {
  if (slos.length === 0) return DEFAULT_SATURATION;
  const limits = slos.flatMap((slo) =>
    model(slo).map(({ subject, latency }) => {
      if (slo.seconds <= latency.floor) throw belowFloor(slo, subject, latency.floor);
      const utilisation = utilisationAt(latency, slo.seconds);
      if (utilisation < LOWEST) throw belowFloor(slo, subject, latency.floor);
      return utilisation;
    }),
  );
  return Math.min(HIGHEST, ...limits);
}

function belowFloor(slo: Slo, subject: string, floor: number): FxscaleError {
  return new FxscaleError(
    'REFUSED',
    `--slo ${describe(slo)}: ${subject} takes ${formatSeconds(floor)} at the lowest load, ` +
      `so no count of replicas is enough; make it faster, or allow well over ${formatSeconds(floor)}`,
  );
}

function describe({ class: name, quantile, seconds }: Slo): string {
  return `${name === undefined ? '' : `${name}:`}p${round(quantile * 100)}=${formatSeconds(seconds)}`;
}

/** From a declared mean latency: processor sharing, which multiplies it by 1 / (1 - u). */
export function declaredLatency(latency: number): (slo: Slo) => { subject: string; latency: LatencyModel }[] {
  return () => [{ subject: 'a request as declared', latency: { floor: latency, at: 0, k: 1 } }];
}

/** From runs: the classes that an SLO is about, each with its own latency. Throws REFUSED for one not measured. */
export function measuredLatency(
  runs: readonly Run[],
  observed: Observed,
  mix: Readonly<Record<string, number>>,
  utilisation: ((rows: readonly RunRow[]) => number) | undefined,
): (slo: Slo) => { subject: string; latency: LatencyModel }[] {
  return (slo) => {
    const wanted =
      slo.class === undefined ? Object.keys(mix).filter((name) => (mix[name] ?? 0) > 0) : [slo.class];
    const known = wanted.flatMap((name) => {
      const latency = Object.hasOwn(observed.mix, name)
        ? latencyModel(runs, name, slo.quantile, utilisation)
        : undefined;
      return latency ? [{ subject: name, latency }] : [];
    });
    if (known.length > 0) return known;
    const measured = Object.keys(observed.mix).join(', ');
    throw new FxscaleError(
      'REFUSED',
      `--slo ${describe(slo)}: too few requests were measured to know their ${formatPercent(slo.quantile)} quantile; ` +
        `the runs sent ${measured || 'none'}`,
    );
  };
}

/** The share of the CPU of `replicas` with `cpu` cores each that was in use while `rows` were recorded. */
export function utilisationOf(
  fits: Fits,
  replicas: number,
  cpu: number,
): ((rows: readonly RunRow[]) => number) | undefined {
  const fitted = fits.platformCpu;
  if (fitted === undefined) return undefined;
  const { classes, fit } = fitted;
  return (rows) => {
    let used = 0;
    let seconds = 0;
    for (const row of rows) {
      seconds += row.seconds;
      used += fit.background.value * replicas * row.seconds;
      classes.forEach((name, k) => {
        used += (row.classes[name]?.count ?? 0) * (fit.demands[k]?.value ?? 0);
      });
    }
    return used / (seconds * replicas * cpu);
  };
}
