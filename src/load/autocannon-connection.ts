import type { Socket } from 'node:net';
import type { Client } from 'autocannon';

type Head = {
  readonly statusCode: number;
  readonly shouldKeepAlive: boolean;
  readonly headers: readonly string[];
};

/** How one request ended: when it began, monotonic milliseconds, and its failure or none. */
export type Ended = { readonly startedAt: number; readonly failure: string | undefined };

export const TIMED_OUT = 'no answer in time';

/** Autocannon's timer may go off this much early by another clock, milliseconds. */
const SLACK_MS = 5;

/**
 * Follows one connection of autocannon from request to request, and tells `ended` how each of them ended.
 *
 * Autocannon tells of answers, errors and timeouts, but not of a request that was lost when the server closed the
 * connection, and it then reads the next answer as the rest of the last. A server that closes after each answer makes
 * it send the next request into the closing connection. All this is set right here, so that there is always exactly one
 * request outstanding and none is lost from the count.
 */
export class AutocannonConnection {
  readonly #client: Client;
  readonly #timeoutMs: number;
  readonly #ended: (ended: Ended) => void;
  #startedAt: number | undefined;
  #conn: Socket | undefined;
  #status = 0;
  /** The answer that is being read says that the server closes the connection after it. */
  #closing = false;
  /** Nothing tells how long the answer that is being read is: it ends with the connection. */
  #unmeasured = false;

  constructor(client: Client, timeout: number, ended: (ended: Ended) => void) {
    this.#client = client;
    this.#timeoutMs = timeout * 1000;
    this.#ended = ended;
    client.on('request', () => this.#sending());
    client.on('headers', (head: Head) => this.#reading(head));
    client.on('response', (status: number) => this.#answered(status));
    client.on('connError', (error: NodeJS.ErrnoException) => {
      if (!this.#isWhole()) this.#end(error.code ?? error.message);
    });
    client.on('timeout', () => {
      if (this.#isLate()) this.#end(TIMED_OUT);
    });
    client.on('done', () => {
      if (this.#isWhole() || this.#unmeasured) this.#answered(this.#status);
    });
  }

  #sending(): void {
    const client = this.#client;
    if (client.conn !== this.#conn) {
      if (this.#conn !== undefined) abandon(this.#conn);
      this.#conn = client.conn;
    }
    if (this.#startedAt !== undefined) {
      if (this.#isLate()) this.#end(TIMED_OUT);
      else if (this.#isWhole() || this.#unmeasured) this.#answered(this.#status);
      else this.#end('connection closed');
    }
    if (client.pipelinedRequests.size() > 0) {
      client.pipelinedRequests.clear();
      client.parser.reinitialize('RESPONSE');
    }
    this.#closing = false;
    this.#unmeasured = false;
    client.reconnectRate = 0;
    this.#startedAt = performance.now();
  }

  #reading({ statusCode, shouldKeepAlive, headers }: Head): void {
    this.#status = statusCode;
    // Names and values in turn.
    this.#unmeasured = !headers.some(
      (name, i) => i % 2 === 0 && /^(content-length|transfer-encoding)$/i.test(name),
    );
    if (shouldKeepAlive) return;
    this.#closing = true;
    this.#client.reconnectRate = 1;
  }

  #answered(status: number): void {
    this.#end(status < 400 ? undefined : `status ${status}`);
  }

  #end(failure: string | undefined): void {
    const startedAt = this.#startedAt;
    if (startedAt === undefined) return;
    this.#startedAt = undefined;
    this.#ended({ startedAt, failure });
  }

  /** An answer after which autocannon made the connection anew has been read to its end: it waits for no other. */
  #isWhole(): boolean {
    return this.#closing && this.#client.pipelinedRequests.size() === 0;
  }

  #isLate(): boolean {
    return this.#startedAt !== undefined && performance.now() - this.#startedAt > this.#timeoutMs - SLACK_MS;
  }
}

/** What becomes of a connection that was replaced must not make autocannon replace it once more. */
function abandon(conn: Socket): void {
  for (const event of ['error', 'end', 'data']) conn.removeAllListeners(event);
  conn.on('error', () => undefined);
  conn.destroy();
}
