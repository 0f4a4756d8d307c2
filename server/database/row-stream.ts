import type pg from 'pg';
import QueryStream from 'pg-query-stream';

/** As pg words it. */
export const noAnswer = 'Query read timeout';

/**
 * The rows of a query, fetched in batches as the reader asks for them; destroying the stream closes the portal.
 * pg-query-stream waits for the server's answer to that, which never comes once the connection is lost, or the server
 * hangs: here both end the stream, so that its reader and the pool hear of it.
 */
export class RowStream extends QueryStream {
  readonly #answerMs: number;
  #closed: (() => void) | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(
    client: pg.ClientBase,
    text: string,
    values: unknown[],
    { types, answerSeconds }: { types: pg.CustomTypesConfig; answerSeconds: number },
  ) {
    super(text, values, { batchSize: 200, types });
    this.#answerMs = answerSeconds * 1000;
    const lost = (): void => this.#giveUp('Connection terminated');
    client.once('end', lost);
    this.once('close', () => client.off('end', lost));
  }

  override _read(size: number): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#giveUp(noAnswer), this.#answerMs);
    super._read(size);
  }

  override push(row: unknown): boolean {
    clearTimeout(this.#patience);
    return super.push(row);
  }

  override _destroy(error: Error, done: (error?: Error | null) => void): void {
    clearTimeout(this.#patience);
    let called = false;
    const once = (reason?: Error | null): void => {
      if (called) return;
      called = true;
      clearTimeout(this.#patience);
      done(reason ?? error);
    };
    this.#closed = once;
    // Closing the portal is a question too.
    this.#patience = setTimeout(() => once(new Error(noAnswer)), this.#answerMs);
    super._destroy(error, once);
  }

  #giveUp(reason: string): void {
    this.destroy(new Error(reason));
    this.#closed?.();
  }
}
