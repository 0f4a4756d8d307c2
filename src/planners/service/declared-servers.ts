import { erlangC } from '../../models/queueing/erlang.ts';
import { responseFloor, responseTail, serversForResponse } from '../../models/queueing/mmc.ts';
import { ceilCount, declared } from '../declared.ts';
import type { Slo } from '../types.ts';
import { type Draws, enoughAt, type Worlds } from '../worlds.ts';
import { HIGHEST } from './latency-limit.ts';
import { belowFloor } from './saturation.ts';

/**
 * The latency of a service of which only its mean is declared: M/M/c, the requests that all replicas can serve at once
 * being the servers of one queue.
 */
export type DeclaredLatency = {
  /** Seconds, in every world. */
  latency: Draws;
  slos: readonly Slo[];
  /** Requests that a replica serves at once. */
  perReplica: number;
};

/** As many as leave each of them the CPU that it is declared to take, unless `concurrency` says otherwise; at least one. */
export function serversPerReplica(cpu: number, latency: number, concurrency: number | undefined): number {
  return concurrency ?? Math.max(1, Math.floor((cpu * latency) / declared.cpuPerRequest + 1e-9));
}

/**
 * Servers with which every SLO holds, by exact Erlang C, in every world. Throws REFUSED for an SLO that is not above the
 * quantile of the service itself: with no queue at all a tenth of the requests of an exponential service takes 2.3 times the mean.
 */
export function serversIn(rate: Draws, { latency, slos }: DeclaredLatency, confidence: number): Draws {
  const longest = enoughAt(latency, confidence);
  for (const slo of slos) {
    const floor = responseFloor(longest, slo.quantile);
    if (slo.seconds <= floor) throw belowFloor(slo, { subject: 'a request as declared', floor });
  }
  let [lastRate, lastLatency, last] = [Number.NaN, Number.NaN, 0];
  return rate.map((each, world) => {
    const own = latency[world] as number;
    if (each !== lastRate || own !== lastLatency)
      [lastRate, lastLatency, last] = [each, own, serversFor(each, own, slos)];
    return last;
  });
}

function serversFor(rate: number, latency: number, slos: readonly Slo[]): number {
  return slos.reduce((most, { quantile, seconds }) => {
    if (seconds <= responseFloor(latency, quantile)) return Number.POSITIVE_INFINITY;
    return Math.max(most, serversForResponse(rate, latency, quantile, seconds));
  }, 1);
}

/**
 * The share of the CPU of a replica of `cpu` cores that is in use when as many servers are busy as the SLO allows, in every world.
 */
export function serverSaturation(
  worlds: Worlds,
  rate: Draws,
  { perReplica }: DeclaredLatency,
  servers: Draws,
  cpu: number,
): Draws {
  return worlds.map((world) => {
    const replicas = (servers[world] as number) / perReplica;
    const cores = (rate[world] as number) * declared.cpuPerRequest;
    return Math.min(HIGHEST, cores / (replicas * cpu));
  });
}

/** P(a request waits) when `rate` requests per second meet `servers`. */
export function waitingShare(rate: number, latency: number, servers: number): number {
  return erlangC(servers, rate * latency);
}

/** Replicas with which every SLO holds if each has a queue of its own, from the highest rate at which one of them does. */
export function replicasAtRandom(
  rate: number,
  latency: number,
  { slos, perReplica }: DeclaredLatency,
): number {
  const holds = (own: number) =>
    slos.every(({ quantile, seconds }) => responseTail(own, latency, perReplica, seconds) <= 1 - quantile);
  let [low, high] = [0, (perReplica / latency) * (1 - 1e-9)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return ceilCount(rate / low);
}
