import { ceilCount } from '../declared.ts';
import type { Finding } from '../findings.ts';
import { grownIn } from '../load.ts';
import { connectionsWithin } from '../service/memory.ts';
import { lossOf, withSpare } from '../service/replicas.ts';
import type { Basis } from '../types.ts';
import { type Draws, enoughAt, spreadOf } from '../worlds.ts';
import { at, type Needed, neededIn } from './needed.ts';
import { type SocketFacts, socketFacts } from './socket-facts.ts';
import type { StreamPart, StreamRequirement } from './streams.ts';

export type WebsocketsPlan = {
  /** Open at once at the top of the strongest event. */
  connections: Needed;
  /** What one replica holds, and what sets it; each limit by itself, null where nothing tells it. */
  perReplica: number;
  by: 'memory' | 'cpu' | 'files' | 'declared';
  limits: { memory: number | null; cpu: number | null; files: number | null; declared: number | null };
  /** Files that a replica must be allowed to open. */
  filesNeeded: number;
  /** Replicas for the connections, with those that may be lost. */
  replicas: number;
  /** After that loss: who comes back, and the seconds over which clients must spread it for the CPU of the others. */
  reconnect: { lost: number; connections: number; perReplica: number; spread: number };
  /** Of the connections, and of what a replica holds. */
  basis: Basis | 'mixed';
};

/** Share of a replica's core that messages, and connections that come back, may take. */
const CPU_SHARE = 0.7;
const RECONNECT_SHARE = 0.3;
/** Core seconds to accept a connection, of which the TLS handshake is most. */
const CPU_PER_ACCEPT = 0.002;
/** Files of a replica for its database, log and libraries. */
const OTHER_FILES = 128;

/** From `--ws-connections`, or from the connections of the runs; without either there is no plan. */
export function planWebsockets(requirement: StreamRequirement): StreamPart<WebsocketsPlan> {
  const { worlds, inputs, load, measurements, replica } = requirement;
  const { wsConnections, wsPerReplica } = inputs.declared;
  const { confidence, availability, zones } = inputs;
  const facts = load && measurements ? socketFacts(measurements) : undefined;
  const connections = connectionsIn(requirement, facts);
  if (connections === null) return { plan: null, capacities: [], findings: [] };
  const needed = neededIn(connections, confidence);
  const cores = Math.min(1, replica?.cpu ?? 1);
  const declared = wsPerReplica === undefined ? null : worlds.declared('--ws-per-replica', wsPerReplica);
  const limits = {
    memory: replica?.memory ? connectionsWithin(replica.memory, replica.limit) : null,
    cpu: cpuLimit(facts, cores),
    files: facts?.mostFiles == null ? null : Math.max(0, facts.mostFiles - facts.otherFiles),
    declared: declared && spreadOf(declared).p50,
  };
  const measured = Math.min(
    ...[limits.memory, limits.cpu, limits.files].map((each) => each ?? Number.POSITIVE_INFINITY),
  );
  const findings: Finding[] = [];
  if (wsConnections === undefined && load) {
    const args = { connections: needed.enough, rate: spreadOf(load.withEvents).p50 };
    findings.push({ code: 'CONNECTIONS_FROM_LOAD', severity: 'warning', args });
  }
  if (declared === null && (limits.memory ?? limits.cpu) === null) {
    // Files alone are no reason to think that a replica holds as many.
    const args = { connections: needed.enough };
    findings.push({ code: 'CONNECTION_SIZE_UNKNOWN', severity: 'warning', args });
    return { plan: null, capacities: [], findings };
  }
  const holds = connections.map((_, world) =>
    Math.max(1, Math.floor(Math.min(measured, declared ? at(declared, world) : Number.POSITIVE_INFINITY))),
  );
  const counts = connections.map((open, world) => Math.max(1, ceilCount(open / at(holds, world))));
  const replicas = withSpare(enoughAt(counts, confidence), availability, zones);
  const lost = lossOf(replicas, availability, zones);
  const gone = (needed.enough * lost) / replicas;
  const left = replicas - lost;
  const perReplica = spreadOf(holds).p50;
  const plan: WebsocketsPlan = {
    connections: needed,
    perReplica,
    by: binding(limits, perReplica),
    limits,
    filesNeeded: ceilCount(needed.enough / left + (facts?.otherFiles || OTHER_FILES)),
    replicas,
    reconnect: {
      lost,
      connections: gone,
      perReplica: gone / left,
      spread: (gone / left) * (CPU_PER_ACCEPT / (cores * RECONNECT_SHARE)),
    },
    basis: basisOf(wsConnections === undefined, declared === null),
  };
  const { spread } = plan.reconnect;
  const args = { connections: gone, replicas: left, spread, cpu: CPU_PER_ACCEPT, share: RECONNECT_SHARE };
  findings.push({ code: 'RECONNECT_STORM', severity: spread > 1 ? 'warning' : 'info', args });
  return { plan, capacities: [], findings };
}

/** Those of production, grown, or as many times those of the runs as there is more load. */
function connectionsIn(
  { worlds, inputs, load, testedRate }: StreamRequirement,
  facts: SocketFacts | undefined,
): Draws | null {
  const { wsConnections } = inputs.declared;
  if (wsConnections !== undefined) {
    return grownIn(worlds, inputs, worlds.declared('--ws-connections', wsConnections)).withEvents;
  }
  if (facts === undefined || load === null || testedRate === null) return null;
  return load.withEvents.map((rate) => facts.connections * Math.max(1, rate / testedRate));
}

function cpuLimit(facts: SocketFacts | undefined, cores: number): number | null {
  if (facts?.messagesEach == null || facts.cpuPerMessage === null) return null;
  return (cores * CPU_SHARE) / (facts.messagesEach * facts.cpuPerMessage);
}

function binding(limits: WebsocketsPlan['limits'], least: number): WebsocketsPlan['by'] {
  const names = ['declared', 'memory', 'cpu', 'files'] as const;
  const known = names.filter((name) => limits[name] !== null);
  return known.find((name) => Math.floor(limits[name] ?? 0) <= least) ?? 'declared';
}

function basisOf(measuredCount: boolean, measuredSize: boolean): WebsocketsPlan['basis'] {
  if (measuredCount !== measuredSize) return 'mixed';
  return measuredCount ? 'measured' : 'declared';
}
