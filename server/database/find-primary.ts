import { type NodeState, type NodeStateRow, nodeState, toNodeState } from './node-state.ts';
import { judge, unknownTopology } from './topology.ts';
import { withClient } from './with-client.ts';

const patienceMs = 5000;

/** Who takes writes among databases that are one primary and its standbys, by asking each of them once. */
export type Found = {
  /** Its URL; undefined when none takes writes. */
  primary: string | undefined;
  /** Whether any of them answered, as a standby does. */
  answered: boolean;
  /** Why the first one did not. */
  error: unknown;
};

/** For what connects now and then: a process that serves requests watches its databases instead. */
export async function findPrimary(urls: string[]): Promise<Found> {
  const answers = await Promise.allSettled(urls.map(ask));
  const states = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  const { writer, roles } = judge(states, unknownTopology(urls.length));
  const primary = writer !== undefined && roles[writer] === 'primary' ? urls[writer] : undefined;
  const [first] = answers;
  return {
    primary,
    answered: states.some((state) => state !== undefined),
    error: first?.status === 'rejected' ? first.reason : undefined,
  };
}

async function ask(url: string): Promise<NodeState | undefined> {
  const limits = { connectionTimeoutMillis: patienceMs, query_timeout: patienceMs };
  return withClient(
    { connectionString: url, ...limits, application_name: 'fx-platform-setup' },
    async (client) => {
      const { rows } = await client.query<NodeStateRow>({ ...nodeState });
      return rows[0] && toNodeState(rows[0]);
    },
  );
}
