import type { Finding } from '../findings.ts';
import type { Demand, Figure, Plan, Resource, Saturation } from '../types.ts';
import { type Change, changesBetween } from './leaves.ts';
import { type Cause, replicaCauses } from './replica-causes.ts';

export const DIFF_SCHEMA = 'fxscale.plan-diff/1';

/** What one request uses, in both plans. `beyond` its intervals: they are too narrow for the same cost in both. */
export type DemandChange = {
  class: string;
  resource: Resource;
  from: Figure;
  to: Figure;
  beyond: boolean;
};

/** Two plans against each other, `fxscale.plan-diff/1`; numbers in base units. */
export type PlanDiff = {
  schema: typeof DIFF_SCHEMA;
  /** Null where a plan is not for a service. */
  replicas: { from: number | null; to: number | null; causes: Cause[] };
  inputs: Change[];
  /** Classes and resources that are in both. */
  demand: DemandChange[];
  /** Every figure that differs, by the part of the plan that it is in; parts that are the same are not here. */
  tiers: Record<string, Change[]>;
  bottleneck: { from: Saturation | null; to: Saturation | null };
  findings: { came: Finding[]; went: Finding[] };
};

/** What is told in a form of its own, is where something else came from, or the same once more as quantities. */
const toldElsewhere = new Set([
  ...['schema', 'inputs', 'demand', 'findings', 'bottleneck'],
  ...['fits', 'observed', 'resources'],
]);

/** What is different in `after`, and why. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !toldElsewhere.has(name),
  );
  const tiers = parts.map((name): [string, Change[]] => [
    name,
    changesBetween(partOf(before, name), partOf(after, name)),
  ]);
  return {
    schema: DIFF_SCHEMA,
    replicas: {
      from: before.replicas?.recommended ?? null,
      to: after.replicas?.recommended ?? null,
      causes: replicaCauses(before, after),
    },
    inputs: [...runChange(before, after), ...changesBetween(before.inputs, after.inputs, ['runs', 'from'])],
    demand: demandChanges(before, after),
    tiers: Object.fromEntries(tiers.filter(([, changes]) => changes.length > 0)),
    bottleneck: { from: before.bottleneck ?? null, to: after.bottleneck ?? null },
    findings: {
      came: missingIn(before.findings, after.findings),
      went: missingIn(after.findings, before.findings),
    },
  };
}

/** A part of the plan, also one that this version does not know. */
function partOf(plan: Plan, name: string): unknown {
  return (plan as unknown as Record<string, unknown>)[name];
}

function runChange(before: Plan, after: Plan): Change[] {
  const [from, to] = [before, after].map(({ inputs }) => inputs.runs.map(({ id }) => id).join(', ') || null);
  return changesBetween({ runs: from }, { runs: to });
}

function demandChanges(before: Plan, after: Plan): DemandChange[] {
  return Object.entries(before.demand).flatMap(([name, resources]) =>
    (Object.entries(resources) as [Resource, Demand][]).flatMap(([resource, demand]): DemandChange[] => {
      const [from, to] = [demand, after.demand[name]?.[resource]].map(figureOf);
      if (from === undefined || to === undefined || from.value === to.value) return [];
      return [{ class: name, resource, from, to, beyond: isBeyond(from, to) }];
    }),
  );
}

function figureOf(demand: Demand | undefined): Figure | undefined {
  if (demand === undefined) return undefined;
  const { value, low, high } = demand.separable ? demand : demand.together;
  return { value, low, high };
}

/**
 * The difference of two independent estimates is as uncertain as the root of the sum of squares of their intervals, on
 * the sides that face each other (N. Schenker, J. F. Gentleman, On judging the significance of differences by examining
 * the overlap between confidence intervals, 2001).
 */
function isBeyond(from: Figure, to: Figure): boolean {
  const [lower, upper] = from.value < to.value ? [from, to] : [to, from];
  return upper.value - lower.value > Math.hypot(lower.high - lower.value, upper.value - upper.low);
}

/** Findings of `list` that `others` do not have, whatever their figures are. */
function missingIn(others: readonly Finding[], list: readonly Finding[]): Finding[] {
  const known = new Set(others.map(subjectOf));
  return list.filter((finding) => !known.has(subjectOf(finding)));
}

/** The code, and what it is about: words, not figures. A run is another one in every plan. */
function subjectOf({ code, args }: Finding): string {
  const isWords = (value: unknown) =>
    typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
  const words = Object.entries(args).filter(([name, value]) => name !== 'run' && isWords(value));
  return JSON.stringify([code, words]);
}
