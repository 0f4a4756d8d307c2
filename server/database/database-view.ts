import { within } from '../within.ts';
import { type NodeStateRow, nodeState } from './node-state.ts';
import type { Database } from './pool.ts';
import type { NodeRole } from './topology.ts';
import type { WatchedNodes } from './watched-nodes.ts';

export type NodeView = {
  name: string;
  role: NodeRole;
  /** Whether reads may go there now. */
  usable: boolean;
  /** Null for the primary, and when nothing is known. */
  lagSeconds: number | null;
  timeline: number | null;
  /** Why it is not used. */
  reason?: string;
};

/** The databases as one process sees them. */
export type DatabaseView = {
  /** What the first, nearest one is. */
  database: NodeRole;
  reads: 'ok' | 'unavailable';
  writes: 'ok' | 'unavailable';
  /** Of the nearest one, when it is a standby. */
  lagSeconds: number | null;
  nodes: NodeView[];
};

const patienceSeconds = 2;

export function viewOfNodes(watched: WatchedNodes): DatabaseView {
  const { writer, roles, reasons } = watched.topology();
  const nodes = watched.nodes.map((node, index): NodeView => {
    const role = roles[index] ?? 'silent';
    const lag = index === writer ? undefined : watched.lagSeconds(index);
    const reason = role === 'silent' ? node.silentBecause : reasons[index];
    return {
      ...{ name: node.name, role, usable: role === 'primary' || watched.usable(index) },
      lagSeconds: lag === undefined ? null : Math.round(lag * 1000) / 1000,
      timeline: node.last?.timeline ?? null,
      ...(reason !== undefined && { reason }),
    };
  });
  return {
    database: nodes[0]?.role ?? 'silent',
    reads: nodes.some((node) => node.usable) ? 'ok' : 'unavailable',
    writes: watched.answeringPrimary() ? 'ok' : 'unavailable',
    lagSeconds: nodes[0]?.lagSeconds ?? null,
    nodes,
  };
}

/** Of a single database, by asking it. */
export async function viewOf(database: Database): Promise<DatabaseView> {
  const asked = database.query<NodeStateRow>(nodeState, []);
  const rows = await within(patienceSeconds, 'the question', asked).catch(() => undefined);
  const state = rows?.[0];
  const role = state === undefined ? 'silent' : state.recovering ? 'standby' : 'primary';
  const timeline = state?.timeline ?? null;
  return {
    database: role,
    reads: state ? 'ok' : 'unavailable',
    writes: role === 'primary' ? 'ok' : 'unavailable',
    lagSeconds: null,
    nodes: [{ name: 'database', role, usable: state !== undefined, lagSeconds: null, timeline }],
  };
}
