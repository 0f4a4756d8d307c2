import { FxscaleError } from '../../errors.ts';
import { generatorLimit } from '../../models/generator-limit.ts';
import type { Run } from '../../run.ts';
import { formatPercent, formatSeconds, round } from '../../units.ts';
import type { Finding } from '../findings.ts';
import { type Fits, warmed } from '../fits.ts';
import { latencyModel, utilisationAt } from '../latency.ts';
import { type ClassLatency, fitLatency, usableCores } from '../latency-fit.ts';
import { replicasOf } from '../observed.ts';
import type { Slo } from '../types.ts';
import { utilisationOf } from '../utilisation.ts';
import { type Draws, enoughAt, type Worlds } from '../worlds.ts';
import { HIGHEST, LOWEST, latencyAtLowest, utilisationWithin } from './latency-limit.ts';

/** Without an SLO: the utilisation at which processor sharing takes five times as long as an idle server. */
export const DEFAULT_SATURATION = 0.8;

/** The utilisation that the latency of `subject` allows, 0 where even the lowest is too high; `floor` is what it takes then. */
export type Limit = { subject: string; floor: number; utilisation: Draws };

/**
 * The utilisation that no replica may exceed so that every SLO holds, in every world. Throws REFUSED for an SLO that no
 * count of replicas can meet at `confidence`.
 */
export function saturationIn(
  worlds: Worlds,
  slos: readonly Slo[],
  confidence: number,
  limitsOf: (slo: Slo) => Limit[],
): Draws {
  if (slos.length === 0) return worlds.certain(DEFAULT_SATURATION);
  const limits = slos.flatMap((slo) =>
    limitsOf(slo).map((limit) => {
      if (heldAt(limit.utilisation, confidence) < LOWEST) throw belowFloor(slo, limit);
      return limit.utilisation;
    }),
  );
  return worlds.map((world) =>
    limits.reduce((least, each) => Math.min(least, each[world] as number), HIGHEST),
  );
}

/** The most that `draws` reach in at least the share `confidence` of the worlds. */
export function heldAt(draws: Draws, confidence: number): number {
  return -enoughAt(
    draws.map((value) => -value),
    confidence,
  );
}

export function belowFloor(slo: Slo, { subject, floor }: { subject: string; floor: number }): FxscaleError {
  const least = formatSeconds(floor);
  return new FxscaleError(
    'REFUSED',
    `--slo ${describeSlo(slo)}: ${subject} takes ${least} at the lowest load, so no count of replicas helps; ` +
      `cut its service time, or allow well over ${least}`,
  );
}

export function describeSlo({ class: name, quantile, seconds }: Slo): string {
  return `${name === undefined ? '' : `${name}:`}p${round(quantile * 100)}=${formatSeconds(seconds)}`;
}

export type MeasuredLatency = {
  runs: readonly Run[];
  fits: Fits;
  /** Shares of the classes that were measured, and of those that are planned. */
  measured: Readonly<Record<string, number>>;
  mix: Readonly<Record<string, number>>;
  seed: number;
  confidence: number;
  /** Fits that were made before, by quantiles and classes; new ones are added. */
  latencies: Map<string, ClassLatency[]>;
};

/**
 * From runs: the classes that an SLO is about, each with the latency that was fitted to it, or where its requests were
 * too few or too alike for that, with the lowest that was seen of it. Throws REFUSED for a class that was not measured, and for
 * runs whose latencies are their generator's.
 */
export function measuredLimits(
  worlds: Worlds,
  slos: readonly Slo[],
  { runs, fits, measured, mix, seed, confidence, latencies }: MeasuredLatency,
): { limitsOf: (slo: Slo) => Limit[]; findings: Finding[] } {
  const findings: Finding[] = [];
  if (slos.length > 0) checkGenerators(runs);
  const planned = Object.keys(mix).filter((name) => (mix[name] ?? 0) > 0);
  const named = slos.some((slo) => slo.class === undefined) ? planned : [];
  const classes = [...new Set([...named, ...slos.flatMap((slo) => slo.class ?? [])])];
  const quantiles = [...new Set(slos.map(({ quantile }) => quantile))];
  const key = JSON.stringify([quantiles, classes]);
  const fitted =
    latencies.get(key) ??
    (slos.length === 0 ? [] : fitLatency(runs.map(warmed), fits, { seed, quantiles, classes }));
  latencies.set(key, fitted);
  const simple = simpleLimits(worlds, runs, fits);
  const limitOf = (name: string, slo: Slo): Limit[] => {
    const own = fitted.find((each) => each.class === name && each.quantile === slo.quantile);
    if (own?.fit) {
      // All classes stand in one queue: where one waits longer than foretold, the others do.
      const utilisation = utilisationWithin(own.fit, slo.seconds, worlds.uniform('queue'));
      return [{ subject: name, floor: latencyAtLowest(own.fit, slo.seconds, confidence), utilisation }];
    }
    const limit = Object.hasOwn(measured, name) ? simple(name, slo) : undefined;
    if (limit === undefined) return [];
    const args = { class: name, quantile: slo.quantile, missing: own?.missing ?? 'utilisation' } as const;
    findings.push({ code: 'LATENCY_NOT_FITTED', severity: 'warning', args });
    return [limit];
  };
  const limitsOf = (slo: Slo): Limit[] => {
    const known = (slo.class === undefined ? planned : [slo.class]).flatMap((name) => limitOf(name, slo));
    if (known.length > 0) return known;
    throw new FxscaleError(
      'REFUSED',
      `--slo ${describeSlo(slo)}: too few requests were measured to know their ${formatPercent(slo.quantile)} quantile; ` +
        `the runs sent ${Object.keys(measured).join(', ') || 'none'}`,
    );
  };
  return { limitsOf, findings };
}

/** What grows as processor sharing does from the lowest latency that was seen; it tells no interval. */
function simpleLimits(
  worlds: Worlds,
  runs: readonly Run[],
  fits: Fits,
): (name: string, slo: Slo) => Limit | undefined {
  const cores = usableCores(runs);
  const replicas = Math.max(...runs.map(replicasOf));
  const utilisation = cores === undefined ? undefined : utilisationOf(fits, replicas, cores);
  return (name, { quantile, seconds }) => {
    const latency = latencyModel(runs, name, quantile, utilisation);
    if (latency === undefined) return undefined;
    const within = seconds <= latency.floor ? 0 : utilisationAt(latency, seconds);
    return { subject: name, floor: latency.floor, utilisation: worlds.certain(within) };
  };
}

function checkGenerators(runs: readonly Run[]): void {
  const limited = runs.find(({ header, rows }) => {
    const seconds = rows.map(({ generator }) => generator);
    return generatorLimit(seconds, header.workers ?? 1) !== undefined;
  });
  if (limited === undefined) return;
  throw new FxscaleError(
    'REFUSED',
    `--slo: the load generator was the bottleneck of run ${limited.header.id}, so its latencies are partly the ` +
      "generator's own; measure with less load or more workers, or plan without --slo",
  );
}
