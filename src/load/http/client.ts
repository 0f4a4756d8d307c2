import type { OnReadOpts } from 'node:net';
import { Connection } from './connection.ts';
import { Dial } from './dial/dial.ts';
import type { Dialler } from './dial/dialler.ts';
import type { Line } from './dial/line.ts';
import { absoluteHead } from './dial/proxy.ts';
import type { Traffic } from './dial/traffic.ts';
import { type Exchange, type Outgoing, timingsOf, unanswered } from './exchange.ts';
import type { RequestFailure } from './failure.ts';
import { type DialEnded, SecureClient } from './http2/secure-client.ts';
import { Pool } from './pool.ts';

export type ClientSettings = {
  readonly noConnectionReuse: boolean;
  readonly batch: number;
  readonly batchPerHost: number;
};

type Ended = (exchange: Exchange) => void;

const replayable = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** The connections of one virtual user, shared with nobody. */
export class Client {
  readonly traffic: Traffic = { sent: 0, received: 0 };
  readonly #dialler: Dialler;
  readonly #settings: ClientSettings;
  readonly #id: number;
  readonly #idle: Pool;
  readonly #dials = new Set<Dial>();
  readonly #connections: Connection[] = [];
  /** Made when the first request goes over TLS. */
  #secure: SecureClient | undefined;

  /** For virtual user `id`. */
  constructor(dialler: Dialler, settings: ClientSettings, id: number) {
    this.#dialler = dialler;
    this.#settings = settings;
    this.#id = id;
    // Go keeps two connections to a host when it is told to keep none.
    this.#idle = new Pool(settings.batchPerHost || 2, settings.batch);
  }

  /**
   * Sends one request and calls `ended` once, in the turn in which the response was complete or failed. `started`
   * is when it was asked for, milliseconds on the monotonic clock.
   */
  send(outgoing: Outgoing, ended: Ended, started = performance.now()): void {
    const connection = this.#idle.take(outgoing.origin);
    if (connection !== undefined) this.#exchange(connection, outgoing, started, ended);
    else this.#open(outgoing, started, ended);
  }

  #open(outgoing: Outgoing, started: number, ended: Ended): void {
    if (outgoing.origin.secure) {
      this.#secure ??= new SecureClient(
        this.traffic,
        this.#settings.noConnectionReuse,
        (request, dialled) => this.#dial(request, undefined, dialled),
        (line, request, since, end) => this.#adopt(line, request, since, end),
      );
      this.#secure.send(outgoing, started, ended);
      return;
    }
    const lane = this.#dialler.laneOf(outgoing.origin);
    const idle = lane === outgoing.origin ? undefined : this.#idle.take(lane);
    if (idle !== undefined) {
      this.#exchange(idle, outgoing, started, ended);
      return;
    }
    const connection = new Connection(lane, this.traffic);
    this.#dial(outgoing, connection.reader(), (failure, line, dial) => {
      if (line === undefined) ended(unanswered(failure, dial.connectingMs));
      else {
        this.#connect(connection, line);
        this.#exchange(connection, outgoing, started, ended);
      }
    });
  }

  #adopt(line: Line, outgoing: Outgoing, started: number, ended: Ended): void {
    const connection = new Connection(outgoing.origin, this.traffic);
    this.#connect(connection, line);
    this.#exchange(connection, outgoing, started, ended);
  }

  #connect(connection: Connection, line: Line): void {
    connection.adopt(line);
    const closed = this.#connections.findIndex(({ open }) => !open);
    if (closed < 0) this.#connections.push(connection);
    else this.#connections[closed] = connection;
  }

  #dial({ origin, deadline }: Outgoing, onread: OnReadOpts | undefined, dialled: DialEnded): void {
    const localAddress = this.#dialler.localAddress(this.#id);
    const dial = new Dial(this.#dialler, { origin, deadline, localAddress, onread }, (failure, line) => {
      this.#dials.delete(dial);
      if (line === undefined) dial.countInto(this.traffic);
      dialled(failure, line, dial);
    });
    this.#dials.add(dial);
  }

  #exchange(connection: Connection, outgoing: Outgoing, started: number, ended: Ended): void {
    const reused = connection.exchanges > 0;
    const sendingAt = performance.now();
    const bodiless = outgoing.method === 'HEAD';
    const { proxy } = connection;
    let { head } = outgoing;
    if (this.#settings.noConnectionReuse) head = closingHead(head);
    if (proxy !== undefined) head = absoluteHead(head, outgoing.origin, proxy);
    connection.exchange(head, outgoing.body, bodiless, outgoing.wanted, outgoing.deadline, (failure) => {
      connection.meter?.count();
      const nothingCame = connection.firstByteAt === 0;
      if (
        failure !== undefined &&
        reused &&
        nothingCame &&
        isStale(failure) &&
        replayable.has(outgoing.method)
      ) {
        this.#open(outgoing, started, ended);
        return;
      }
      const timings = timingsOf(connection, connection, started, sendingAt, !reused);
      if (failure === undefined) this.#giveBack(connection);
      const { response } = connection;
      const told = failure !== undefined && response.head !== '' ? failure.ofBody() : failure;
      ended({ timings, failure: told, response, connection });
    });
  }

  #giveBack(connection: Connection): void {
    if (this.#settings.noConnectionReuse) connection.destroy();
    if (connection.usable) this.#idle.put(connection);
  }

  /** Fails every exchange under way with `reason`. */
  abort(reason: RequestFailure): void {
    for (const dial of [...this.#dials]) dial.destroy(reason);
    for (const connection of [...this.#connections]) if (!connection.usable) connection.destroy(reason);
    this.#secure?.abort(reason);
  }

  /** Closes the connections that no exchange is using. */
  closeIdle(): void {
    this.#idle.clear();
    this.#secure?.closeIdle();
  }
}

/** The head of a request that is to be its connection's last. */
function closingHead(head: string): string {
  return /\r\nConnection: close\r\n/i.test(head) ? head : `${head.slice(0, -2)}Connection: close\r\n\r\n`;
}

/** A kept-alive connection that the server closed as we wrote: the request was never seen and may go again. */
function isStale(failure: RequestFailure): boolean {
  return failure.message === 'EOF' || failure.code === 1220 || failure.code === 1201;
}
