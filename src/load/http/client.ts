import { Connection, type ConnectionSettings, type Traffic } from './connection.ts';
import type { RequestFailure } from './failure.ts';
import type { ResponseParser } from './parser.ts';
import type { Origin } from './target.ts';

/** One request as it goes on the wire. */
export type Outgoing = {
  readonly origin: Origin;
  readonly method: string;
  /** Request line and headers with the empty line, latin1. */
  readonly head: string;
  readonly body: Buffer | undefined;
  /** False when nobody will read the response's body. */
  readonly wanted: boolean;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
};

/** Where the time of one exchange went, in milliseconds, as k6 divides it. */
export type Timings = {
  duration: number;
  blocked: number;
  looking_up: number;
  connecting: number;
  tls_handshaking: number;
  sending: number;
  waiting: number;
  receiving: number;
};

/** How one exchange ended. `connection` and `response` are only good until the connection's next request. */
export type Exchange = {
  readonly timings: Timings;
  readonly failure: RequestFailure | undefined;
  readonly response: ResponseParser;
  readonly connection: Connection;
};

export type ClientSettings = ConnectionSettings & { noConnectionReuse: boolean };

const replayable = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** The connections of one virtual user, shared with nobody. */
export class Client {
  readonly traffic: Traffic = { sent: 0, received: 0 };
  readonly #settings: ClientSettings;
  readonly #idle = new Map<Origin, Connection[]>();
  readonly #busy = new Set<Connection>();

  constructor(settings: ClientSettings) {
    this.#settings = settings;
  }

  /** Sends one request and calls `ended` once, in the turn in which the response was complete or failed. */
  send(outgoing: Outgoing, ended: (exchange: Exchange) => void): void {
    const started = performance.now();
    const connection = this.#take(outgoing.origin);
    if (connection !== undefined) this.#exchange(connection, outgoing, started, ended);
    else this.#dial(outgoing, started, ended);
  }

  #dial(outgoing: Outgoing, started: number, ended: (exchange: Exchange) => void): void {
    const connection = new Connection(outgoing.origin, this.traffic);
    this.#busy.add(connection);
    connection.open(this.#settings, outgoing.deadline, (failure) => {
      if (failure === undefined) this.#exchange(connection, outgoing, started, ended);
      else {
        this.#busy.delete(connection);
        const timings = zeroTimings();
        timings.blocked = connection.endedAt - started;
        ended({ timings, failure, response: connection.response, connection });
      }
    });
  }

  #exchange(
    connection: Connection,
    outgoing: Outgoing,
    started: number,
    ended: (exchange: Exchange) => void,
  ): void {
    const reused = connection.exchanges > 0;
    this.#busy.add(connection);
    const sendingAt = performance.now();
    const bodiless = outgoing.method === 'HEAD';
    connection.exchange(
      outgoing.head,
      outgoing.body,
      bodiless,
      outgoing.wanted,
      outgoing.deadline,
      (failure) => {
        this.#busy.delete(connection);
        const nothingCame = connection.firstByteAt === 0;
        if (
          failure !== undefined &&
          reused &&
          nothingCame &&
          isStale(failure) &&
          replayable.has(outgoing.method)
        ) {
          this.#dial(outgoing, started, ended);
          return;
        }
        const timings = timingsOf(connection, started, sendingAt, reused);
        if (failure === undefined) this.#giveBack(connection);
        ended({ timings, failure, response: connection.response, connection });
      },
    );
  }

  #take(origin: Origin): Connection | undefined {
    const idle = this.#idle.get(origin);
    if (idle === undefined) return undefined;
    for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
      if (connection.usable) return connection;
    }
    return undefined;
  }

  #giveBack(connection: Connection): void {
    if (this.#settings.noConnectionReuse) connection.destroy();
    if (!connection.usable) return;
    const idle = this.#idle.get(connection.origin);
    if (idle === undefined) this.#idle.set(connection.origin, [connection]);
    else idle.push(connection);
  }

  /** Fails every exchange under way with `reason`. */
  abort(reason: RequestFailure): void {
    for (const connection of [...this.#busy]) connection.destroy(reason);
  }

  /** Closes the connections that no exchange is using. */
  closeIdle(): void {
    for (const connections of this.#idle.values()) {
      for (const connection of connections) connection.destroy();
    }
    this.#idle.clear();
  }
}

/** A kept-alive connection that the server closed as we wrote: the request was never seen and may go again. */
function isStale(failure: RequestFailure): boolean {
  return failure.message === 'EOF' || failure.code === 1220 || failure.code === 1201;
}

export function zeroTimings(): Timings {
  return {
    duration: 0,
    blocked: 0,
    looking_up: 0,
    connecting: 0,
    tls_handshaking: 0,
    sending: 0,
    waiting: 0,
    receiving: 0,
  };
}

function timingsOf(connection: Connection, started: number, sendingAt: number, reused: boolean): Timings {
  const { writtenAt, firstByteAt, endedAt } = connection;
  const sending = writtenAt - sendingAt;
  // Without an answer all the time after writing was waiting.
  const waiting = Math.max(0, (firstByteAt === 0 ? endedAt : firstByteAt) - writtenAt);
  const receiving = firstByteAt === 0 ? 0 : endedAt - firstByteAt;
  return {
    duration: sending + waiting + receiving,
    blocked: sendingAt - started,
    looking_up: 0,
    connecting: reused ? 0 : connection.connectingMs,
    tls_handshaking: reused ? 0 : connection.tlsMs,
    sending,
    waiting,
    receiving,
  };
}
