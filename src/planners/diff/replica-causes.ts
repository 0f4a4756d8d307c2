import { shapley } from '../../models/shapley.ts';
import type { Demand, Plan } from '../types.ts';

/**
 * Why one plan has more replicas than another, from the two plans alone: the count is put together again from what they
 * say, each of its factors is taken from the one or the other plan, and the difference is shared out among them.
 */

export type CauseName =
  /** Requests per second at the peak, growth included. */
  | 'rate'
  /** Shares of the request classes. */
  | 'mix'
  /** CPU of a request of `class`; of all classes together when there are too many of them. */
  | 'demand'
  /** Cores of a replica that are used without requests. */
  | 'idle'
  /** Room for what is not known of the cost, at the confidence that was asked for. */
  | 'margin'
  /** Cores of a replica. */
  | 'replicaCpu'
  /** Share of them that may be in use: by the SLO and the rise of the load. */
  | 'target'
  /** Replicas that CPU takes, over what the factors above make of it: whole ones, and what else decides. */
  | 'sizing'
  /** Replicas that memory takes. */
  | 'memory'
  /** The loss that is to be survived. */
  | 'availability'
  /** The least count, and whole spare replicas. */
  | 'other';

/** `replicas` is what it adds; all causes together add the difference. `from` and `to` are in base units. */
export type Cause = {
  cause: CauseName;
  class?: string;
  from: number | string;
  to: number | string;
  replicas: number;
};

type Factors = {
  rate: number;
  mix: Readonly<Record<string, number>>;
  /** Core seconds by class. */
  demand: Readonly<Record<string, number>>;
  idle: number;
  margin: number;
  replicaCpu: number;
  target: number;
  sizing: number;
  memory: number;
  /** Zones of which one may be lost; 0 where one replica may be, and null where the plan has no spare. */
  zones: number | null;
  other: number;
};

type Factor = { cause: CauseName; class?: string; take(into: Factors, other: Factors): Factors };

/** More classes than this are told together. */
const MOST_CLASSES = 6;
/** Replicas that are nothing but rounding errors of floating point. */
const NOTHING = 1e-6;
/** Share of the usable CPU that is always taken for requests. */
const LEAST_ROOM = 0.05;

/** The causes, the largest first; none when a plan is not for a service. */
export function replicaCauses(before: Plan, after: Plan): Cause[] {
  const [from, to] = alignClasses(factorsOf(before), factorsOf(after));
  if (from === null || to === null) return [];
  const factors = changedFactors(from, to);
  const shares = shapley(factors.length, (there) =>
    countOf(factors.reduce((mixed, factor, i) => (there[i] ? factor.take(mixed, to) : mixed), from)),
  );
  return factors
    .map((factor, i) => ({
      cause: factor.cause,
      ...(factor.class === undefined ? {} : { class: factor.class }),
      from: shownOf(factor, from),
      to: shownOf(factor, to),
      replicas: shares[i] as number,
    }))
    .filter(({ replicas }) => Math.abs(replicas) > NOTHING)
    .toSorted((a, b) => Math.abs(b.replicas) - Math.abs(a.replicas));
}

/** Replicas of these factors, in fractions: the utilisation law, and the replicas that may be lost. */
function countOf(factors: Factors): number {
  const { memory, zones, other } = factors;
  const needed = Math.max(byCpu(factors), memory);
  const spare = zones === null ? 0 : zones === 0 ? 1 : needed / (zones - 1);
  return needed + spare + other;
}

function byCpu({ rate, mix, demand, idle, margin, replicaCpu, target, sizing }: Factors): number {
  const usable = replicaCpu * target;
  // Factors of both plans together may leave no room at all, which neither of them does.
  const room = Math.max(usable - idle * margin, usable * LEAST_ROOM);
  return ((rate * perRequest(mix, demand) * margin) / room) * sizing;
}

function perRequest(mix: Factors['mix'], demand: Factors['demand']): number {
  return Object.entries(mix).reduce((sum, [name, share]) => sum + share * (demand[name] ?? 0), 0);
}

function factorsOf(plan: Plan): Factors | null {
  const { load, cpu, replicas, inputs } = plan;
  if (!load || !cpu || !replicas || !(cpu.atPeak > 0)) return null;
  const demand = Object.fromEntries(
    Object.entries(plan.demand).flatMap(([name, { platformCpu }]) =>
      platformCpu === undefined ? [] : [[name, middleOfDemand(platformCpu)]],
    ),
  );
  // Of declared figures the buffer stands for a loss.
  const zones = replicas.basis !== 'measured' ? null : inputs.availability === 'zone' ? inputs.zones : 0;
  const factors: Factors = {
    rate: load.peak,
    mix: load.mix,
    demand,
    idle: plan.fits?.platformCpu?.background.value ?? 0,
    margin: cpu.atPeakUpper / cpu.atPeak,
    replicaCpu: cpu.request,
    target: cpu.targetUtilisation,
    sizing: 1,
    memory: replicas.byMemory,
    zones,
    other: 0,
  };
  const sized = { ...factors, sizing: replicas.byCpu / byCpu(factors) };
  if (!Number.isFinite(sized.sizing)) return null;
  return { ...sized, other: replicas.recommended - countOf(sized) };
}

function middleOfDemand({ value, together }: Demand): number {
  return value ?? together?.value ?? 0;
}

/** A class that only one of them knows costs in the other what it costs there: it is the mix that tells them apart. */
function alignClasses(from: Factors | null, to: Factors | null): [Factors | null, Factors | null] {
  if (from === null || to === null) return [from, to];
  return [
    { ...from, demand: { ...to.demand, ...from.demand } },
    { ...to, demand: { ...from.demand, ...to.demand } },
  ];
}

const scalars = ['rate', 'idle', 'margin', 'replicaCpu', 'target', 'sizing', 'memory', 'other'] as const;

function changedFactors(from: Factors, to: Factors): Factor[] {
  const changed = Object.keys(from.demand).filter((name) => from.demand[name] !== to.demand[name]);
  const classes: Factor[] = changed.map((name) => ({
    cause: 'demand',
    class: name,
    take: (into, other) => ({ ...into, demand: { ...into.demand, [name]: other.demand[name] ?? 0 } }),
  }));
  const allClasses: Factor = {
    cause: 'demand',
    take: (into, other) => ({ ...into, demand: other.demand }),
  };
  const names = new Set([...Object.keys(from.mix), ...Object.keys(to.mix)]);
  const mixChanged = [...names].some((name) => (from.mix[name] ?? 0) !== (to.mix[name] ?? 0));
  return [
    ...scalars
      .filter((name) => from[name] !== to[name])
      .map((name): Factor => ({ cause: name, take: (into, other) => ({ ...into, [name]: other[name] }) })),
    ...(mixChanged
      ? [{ cause: 'mix', take: (into, other) => ({ ...into, mix: other.mix }) } satisfies Factor]
      : []),
    ...(classes.length > MOST_CLASSES ? [allClasses] : classes),
    ...(from.zones !== to.zones
      ? [
          {
            cause: 'availability',
            take: (into, other) => ({ ...into, zones: other.zones }),
          } satisfies Factor,
        ]
      : []),
  ];
}

function shownOf({ cause, class: name }: Factor, factors: Factors): number | string {
  if (cause === 'mix' || (cause === 'demand' && name === undefined))
    return perRequest(factors.mix, factors.demand);
  if (cause === 'demand') return factors.demand[name ?? ''] ?? 0;
  if (cause !== 'availability') return factors[cause];
  return factors.zones === null ? 'none' : factors.zones === 0 ? 'replica' : `zone of ${factors.zones}`;
}
