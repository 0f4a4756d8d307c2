import type pg from 'pg';
import QueryStream from 'pg-query-stream';

/**
 * The rows of a query, fetched in batches as the reader asks for them; destroying the stream closes the portal.
 * pg-query-stream waits for the server's answer to that, which never comes once the connection is lost: here the
 * end of the connection ends the stream too, so that its reader and the pool hear of it.
 */
export class RowStream extends QueryStream {
  #closed: (() => void) | undefined;

  constructor(client: pg.ClientBase, text: string, values: unknown[], types: pg.CustomTypesConfig) {
    super(text, values, { batchSize: 200, types });
    const lost = (): void => {
      this.destroy(new Error('Connection terminated'));
      this.#closed?.();
    };
    client.once('end', lost);
    this.once('close', () => client.off('end', lost));
  }

  override _destroy(error: Error, done: (error?: Error | null) => void): void {
    let called = false;
    const once = (reason?: Error | null): void => {
      if (called) return;
      called = true;
      done(reason ?? error);
    };
    this.#closed = once;
    super._destroy(error, once);
  }
}
