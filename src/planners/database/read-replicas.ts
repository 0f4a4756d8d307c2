import { DATABASE_UTILISATION } from '../bottleneck.ts';
import { type CostModel, costOf } from '../cost.ts';
import { ceilCount } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { Fits, Fitted } from '../fits.ts';
import { type Declared, type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import type { ReadReplicas } from './plan.ts';

/** Cores of the largest machine that is taken for a database, unless another is stated. */
export const MOST_CORES = 64;
/** Of the log of the class that writes most, what reading may seem to write: it sets hint bits and prunes pages. */
const NOISE = 0.05;
/** Replicas beyond this tell that they are no remedy. */
const MOST_REPLICAS = 100;

/** The classes that write no log. One whose cost is only known together with others is among them if all of these are. */
export function readersOf({ walBytes }: Fits): string[] {
  if (walBytes === undefined) return [];
  const { classes, fit } = walBytes;
  const most = Math.max(0, ...fit.demands.map(({ value }) => value));
  const writes = fit.demands.map(({ value }) => value > NOISE * most);
  const reading = fit.groups.filter((group) => group.every((k) => !writes[k]));
  return reading.flatMap((group) => group.map((k) => classes[k] as string));
}

/** Core seconds of the database that a request of `mix` costs in the classes that only read. */
export function readCost(
  cpu: Fitted,
  mix: Readonly<Record<string, number>>,
  readers: readonly string[],
): CostModel {
  const own = Object.fromEntries(Object.entries(mix).filter(([name]) => readers.includes(name)));
  const model = costOf(cpu, own);
  return {
    ...model,
    background: 0,
    replicates: model.replicates.map(({ perRequest }) => ({ perRequest, background: 0 })),
  };
}

export type ReplicaRequest = {
  /** Cores in use at the busiest, of them what only reads, in every world. */
  used: Draws;
  reads: Draws;
  classes: string[];
  basis: ReadReplicas['basis'];
  /** Of the largest machine. */
  cores: number;
  /** There are so many whatever the load. */
  least: number;
  confidence: number;
};

/**
 * Read replicas, all of them machines of `cores`, once one machine does not carry everything: each replays the log, which
 * is taken to cost what writing it did and costs less, and does reads with what is left.
 */
export function planReplicas(
  worlds: Worlds,
  { used, reads, classes, basis, cores, least, confidence }: ReplicaRequest,
): { plan: ReadReplicas; findings: Finding[] } {
  const capacity = cores * DATABASE_UTILISATION;
  const counts = worlds.map((world) => {
    const [total, reading] = [used[world] as number, reads[world] as number];
    if (total <= capacity) return least;
    const room = capacity - (total - reading);
    const count = room <= 0 ? Number.POSITIVE_INFINITY : ceilCount(reading / room);
    return Math.max(least, count);
  });
  const needed = enoughAt(counts, confidence);
  const helps = needed <= MOST_REPLICAS;
  const shares = worlds.map((world) =>
    (used[world] as number) > 0 ? (reads[world] as number) / (used[world] as number) : 0,
  );
  const readShare = spreadOf(shares).p50;
  const known = counts.map((count) => Math.min(count, MOST_REPLICAS));
  const plan: ReadReplicas = {
    count: helps ? needed : least,
    spread: spreadOf(known),
    readShare,
    classes,
    basis,
  };
  const findings: Finding[] = [];
  const required = enoughAt(used, confidence);
  if (!helps) {
    const args = { required, cores, readShare };
    findings.push({ code: 'READ_REPLICAS_NO_REMEDY', severity: 'error', args });
  } else if (needed > least) {
    const args = { required, cores, count: needed, readShare, classes };
    findings.push({ code: 'READ_REPLICAS_NEEDED', severity: 'warning', args });
  }
  return { plan, findings };
}

/** What only reads as a declared share of all that the database does. */
export function declaredReads(worlds: Worlds, used: Draws, share: Declared): Draws {
  const shares = worlds.declared('read share', share);
  return used.map((cores, world) => cores * (shares[world] as number));
}
