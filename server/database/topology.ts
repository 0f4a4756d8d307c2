import type { NodeState } from './node-state.ts';

export type NodeRole = 'primary' | 'standby' | 'refused' | 'silent';

export type Topology = {
  /** The node to write to; undefined when there is none that may be written to. */
  writer: number | undefined;
  roles: NodeRole[];
  /** Why a node is refused. */
  reasons: (string | undefined)[];
  /** The newest timeline ever seen: a node on an older one lacks what was committed since. */
  timeline: number;
  /** Which cluster this is; undefined before any node has answered. */
  system: string | undefined;
};

/** Before any node has answered, the first is taken for the primary: a wrong guess costs an error and no data. */
export function unknownTopology(nodes: number): Topology {
  const roles = Array.from({ length: nodes }, () => 'silent' as const);
  return { writer: 0, roles, reasons: roles.map(() => undefined), timeline: 0, system: undefined };
}

/**
 * Who is what, by what the nodes say of themselves; undefined is one that does not answer. Of two that take writes, the
 * one on the newer timeline was promoted, and the other one is never written to again: what it took since is not in
 * the promoted one. A primary that is silent stays the writer, so that a slow answer refuses no write, until somebody
 * else was promoted.
 */
export function judge(states: (NodeState | undefined)[], before: Topology): Topology {
  const system = before.system ?? states.find((state) => state !== undefined)?.system;
  const own = states.map((state) => (state?.system === system ? state : undefined));
  const timeline = Math.max(before.timeline, ...own.map((state) => state?.timeline ?? 0));
  const candidates = own.flatMap((state, index) =>
    state && !state.recovering && state.timeline === timeline ? [index] : [],
  );
  const writer = chooseWriter(candidates, states, timeline, before);

  const roles: NodeRole[] = [];
  const reasons: (string | undefined)[] = [];
  for (const [index, state] of states.entries()) {
    const reason = state && refusal(state, index === writer, timeline, system);
    reasons.push(reason);
    roles.push(
      state === undefined ? 'silent' : reason ? 'refused' : state.recovering ? 'standby' : 'primary',
    );
  }
  return { writer, roles, reasons, timeline, system };
}

function chooseWriter(
  candidates: number[],
  states: (NodeState | undefined)[],
  timeline: number,
  before: Topology,
): number | undefined {
  const { writer } = before;
  if (writer === undefined || candidates.includes(writer)) return writer ?? candidates[0];
  const promoted = timeline > before.timeline && before.timeline > 0;
  const silent = states[writer] === undefined && !promoted;
  return candidates[0] ?? (silent ? writer : undefined);
}

function refusal(
  state: NodeState,
  writes: boolean,
  timeline: number,
  system: string | undefined,
): string | undefined {
  if (state.system !== system) return 'it is another database';
  if (state.timeline < timeline) return 'it is on an older timeline: another node was promoted';
  return state.recovering || writes ? undefined : 'it takes writes as another primary does';
}
