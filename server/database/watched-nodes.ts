import { createLsnHistory } from './lsn-history.ts';
import { type NodeState, watchNode } from './node-state.ts';
import { judge, type Topology, unknownTopology } from './topology.ts';

export type WatchedNode = {
  /** `database` for the first, `read-1` and so on for the others, whichever of them is the primary. */
  name: string;
  /** Undefined while it does not answer. */
  state: NodeState | undefined;
  /** What it said when it answered last. */
  last: NodeState | undefined;
  silentBecause: string;
  /** It has everything that was committed until then, by `performance.now()`. */
  coveredUntil: number | undefined;
};

export type WatchedNodes = {
  nodes: readonly WatchedNode[];
  topology(): Topology;
  /** The node to write to, if it answers. */
  answeringPrimary(): WatchedNode | undefined;
  /** Whether the node is a standby that may be read from: within the bound, or with no primary to compare with. */
  usable(index: number): boolean;
  /** Undefined when nothing is known. */
  lagSeconds(index: number): number | undefined;
  /** A query found out that the node does not answer: until it does, it is out. */
  silence(index: number, reason: string): void;
  close(): Promise<void>;
};

export type WatchOptions = {
  urls: string[];
  /** How far behind a standby may be that is read from. */
  boundSeconds: number;
  intervalMs: number;
  /** After every answer of a node. */
  onChange(nodes: WatchedNodes): void;
  log: { warn(fields: object, message: string): void };
};

/** Watches databases that are one primary and its standbys. Fulfilled when each has answered, or failed to. */
export async function watchNodes(options: WatchOptions): Promise<WatchedNodes> {
  const { urls, boundSeconds, intervalMs, onChange, log } = options;
  const nodes = urls.map((_url, index): WatchedNode => {
    const name = index === 0 ? 'database' : `read-${index}`;
    const silentBecause = 'it has not answered yet';
    return { name, silentBecause, state: undefined, last: undefined, coveredUntil: undefined };
  });
  const history = createLsnHistory();
  let topology = unknownTopology(nodes.length);

  const writer = (): WatchedNode | undefined => nodes[topology.writer ?? -1];
  const lagSeconds = (index: number): number | undefined => {
    const covered = nodes[index]?.coveredUntil;
    return covered === undefined ? undefined : (performance.now() - covered) / 1000;
  };
  const watched: WatchedNodes = {
    nodes,
    topology: () => topology,
    answeringPrimary: () => (writer()?.state === undefined ? undefined : writer()),
    usable(index) {
      if (topology.roles[index] !== 'standby') return false;
      const lag = lagSeconds(index) ?? Number.POSITIVE_INFINITY;
      return writer()?.state === undefined || lag <= boundSeconds;
    },
    lagSeconds,
    silence(index, reason) {
      const node = nodes[index];
      if (!node) return;
      if (node.state) log.warn({ node: node.name, reason }, 'database does not answer');
      node.state = undefined;
      node.silentBecause = reason;
      rejudge();
    },
    close: async () => void (await Promise.all(stops.map((stop) => stop()))),
  };

  function rejudge(): void {
    const before = topology.writer;
    const states = nodes.map((node) => node.state);
    topology = judge(states, topology);
    if (topology.writer === before) return;
    history.clear();
    for (const node of nodes) node.coveredUntil = undefined;
    const fields = { node: writer()?.name ?? 'none', timeline: topology.timeline };
    log.warn(fields, 'the database to write to has changed');
  }

  function hear(node: WatchedNode, state: NodeState, askedMs: number): void {
    node.state = state;
    node.last = state;
    rejudge();
    if (node === writer()) history.record(askedMs, state.lsn);
    for (const each of nodes) {
      if (each.last) each.coveredUntil = history.coveredUntil(each.last.lsn) ?? each.coveredUntil;
    }
    onChange(watched);
  }

  const stops: (() => Promise<void>)[] = [];
  const answered = nodes.map(
    (node, index) =>
      new Promise<void>((resolve) => {
        const stop = watchNode(urls[index] ?? '', intervalMs, {
          onState(state, askedMs) {
            hear(node, state, askedMs);
            resolve();
          },
          onSilent(reason) {
            watched.silence(index, reason);
            resolve();
          },
        });
        stops.push(stop);
      }),
  );
  await Promise.all(answered);
  return watched;
}
