import type { Readable } from 'node:stream';
import { ApiError, asApiError } from '../http/errors.ts';
import type { Database } from './pool.ts';

/** Chooses where to read a user's data. */
export type Reads = {
  /**
   * A standby that lags by no more than the bound and has the user's last known write, else the primary. While no
   * primary answers, any standby that has the user's last known write, however far behind it is.
   * @param after the transaction the client saw last, as the answer to its trade told it
   */
  for(userId: string, after?: string): Database;
  /** The user's data changed in this transaction, here or in another process. */
  wrote(userId: string, transaction: string): void;
  close(): Promise<void>;
};

/** Without standbys there is nothing to choose. */
export function readFrom(database: Database): Reads {
  return { for: () => database, wrote: () => undefined, close: () => database.close() };
}

/** Refuses everything: there is no primary that may be written to. */
export const noPrimary: Pick<Database, 'query' | 'stream'> = {
  query: () => Promise.reject(unavailable()),
  stream: () => Promise.reject(unavailable()),
};

function unavailable(): ApiError {
  return new ApiError('DATABASE_UNAVAILABLE', 'no database takes writes now');
}

/**
 * Reads from `standby`, and once more from `primary` when the standby failed: it died under the query, or ended it
 * because the query stood in the way of what it had to replay. A stream moves only before its first row.
 */
export function withFallback(
  standby: Database,
  primary: Database,
  onFailure: (reason: string) => void,
): Database {
  const retried = async <T>(read: (database: Database) => Promise<T>): Promise<T> => {
    try {
      return await read(standby);
    } catch (error) {
      if (asApiError(error)?.code !== 'DATABASE_UNAVAILABLE') throw error;
      onFailure((error as Error).message);
      return read(primary);
    }
  };
  return {
    query: (statement, values) => retried((database) => database.query(statement, values)),
    stream: (statement, values): Promise<Readable> =>
      retried((database) => database.stream(statement, values)),
    close: () => standby.close(),
  };
}
