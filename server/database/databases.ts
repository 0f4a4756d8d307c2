import { type DatabaseView, viewOf, viewOfNodes } from './database-view.ts';
import { type Database, type DatabaseOptions, openDatabase } from './pool.ts';
import { createReadMetrics } from './read-metrics.ts';
import { noPrimary, type Reads, readFrom, withFallback } from './reads.ts';
import { createRecentWrites, type RecentWrites } from './recent-writes.ts';
import { type WatchedNodes, watchNodes } from './watched-nodes.ts';

export type Databases = {
  /** The database that takes writes, whichever that is at the moment. Closing it closes them all. */
  primary: Database;
  reads: Reads;
  view(): Promise<DatabaseView>;
};

export type DatabasesOptions = Omit<DatabaseOptions, 'url' | 'node'> & {
  /** The first is the primary, or the first to ask which one is. */
  urls: [string, ...string[]];
  /** How far behind a standby may be that is read from. */
  boundSeconds?: number;
  watchMs?: number;
};

/** Less than the primary's: a read that a standby does not answer is asked again there. */
const standbyAnswerSeconds = 3;

/**
 * Opens a pool to each of several databases that are one primary and its standbys. With a single URL that is a pool
 * and nothing else. It follows a promotion without a restart; it never promotes anything itself.
 */
export async function openDatabases(options: DatabasesOptions): Promise<Databases> {
  const { urls, boundSeconds = 1, watchMs = 200, ...pool } = options;
  const [url, ...others] = urls;
  const first = openDatabase({ ...pool, url });
  if (others.length === 0) {
    return { primary: first, reads: readFrom(first), view: () => viewOf(first) };
  }
  const standbys = others.map((other, index) =>
    openDatabase({ answerSeconds: standbyAnswerSeconds, ...pool, url: other, node: `read-${index + 1}` }),
  );
  const pools = [first, ...standbys];
  const writes = createRecentWrites();
  const watched = await watchNodes({
    ...{ urls, boundSeconds, intervalMs: watchMs, log: pool.log },
    onChange: (nodes) => forgetReplayed(nodes, writes),
  });

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await Promise.all([watched.close(), ...pools.map((each) => each.close())]);
  }
  const writer = (): Pick<Database, 'query' | 'stream'> =>
    pools[watched.topology().writer ?? -1] ?? noPrimary;
  const primary: Database = {
    query: (statement, values) => writer().query(statement, values),
    stream: (statement, values) => writer().stream(statement, values),
    close() {
      closing ??= close();
      return closing;
    },
  };
  const readers = pools.map((each, index) =>
    withFallback(each, primary, (reason) => watched.silence(index, reason)),
  );
  const reads = routeReads(watched, writes, readers, primary, createReadMetrics(pool.registry, watched));
  return { primary, reads, view: async () => viewOfNodes(watched) };
}

function routeReads(
  watched: WatchedNodes,
  writes: RecentWrites,
  readers: Database[],
  primary: Database,
  count: (node: string) => void,
): Reads {
  const { nodes } = watched;
  let turn = 0;
  return {
    for(userId, after) {
      const needed = newest(after, writes.neededBy(userId));
      const fit = [...nodes.keys()].filter((index) => {
        const has = needed === undefined || (nodes[index]?.state?.xmin ?? 0n) > needed;
        return has && watched.usable(index);
      });
      const chosen = fit[turn++ % fit.length];
      count(nodes[chosen ?? watched.topology().writer ?? -1]?.name ?? 'none');
      return readers[chosen ?? -1] ?? primary;
    },
    wrote(userId, transaction) {
      // It may come from the network.
      if (/^\d{1,20}$/.test(transaction)) writes.wrote(userId, BigInt(transaction));
    },
    close: () => primary.close(),
  };
}

/** The later of a client's own token and what is known of its user. */
function newest(after: string | undefined, known: bigint | undefined): bigint | undefined {
  if (after === undefined) return known;
  const token = BigInt(after);
  return known === undefined || token > known ? token : known;
}

/** One that does not answer counts with what it had: it may return any moment. */
function forgetReplayed({ nodes, topology }: WatchedNodes, writes: RecentWrites): void {
  const { writer } = topology();
  const seen = nodes.flatMap((node, index) => (index === writer ? [] : (node.last?.xmin ?? 0n)));
  writes.forgetBelow(seen.reduce((least, xmin) => (xmin < least ? xmin : least)));
}
