import { messageOf } from '../../../errors.ts';
import type { Dial } from '../dial/dial.ts';
import type { Line } from '../dial/line.ts';
import { Meter, type Traffic } from '../dial/traffic.ts';
import { type Exchange, type Outgoing, timingsOf, unanswered } from '../exchange.ts';
import { RequestFailure, timedOut } from '../failure.ts';
import type { Origin } from '../target.ts';
import { Http2Connection, type StreamEnd } from './http2.ts';

type Ended = (exchange: Exchange) => void;
export type DialEnded = (failure: RequestFailure | undefined, line: Line | undefined, dial: Dial) => void;
type Request = { readonly outgoing: Outgoing; readonly started: number; readonly ended: Ended };

/** Origins that have chosen HTTP/2: requests wait for a connection under way to them instead of making another. */
const speaksHttp2 = new WeakSet<Origin>();

/** How often, and after how many seconds, Go sends a request again that a server refused to look at. */
const retryAfter = [0, 1, 2, 4, 8, 16, 32];

/** What one virtual user does to reach origins over TLS, which protocol they speak is only known once connected. */
export class SecureClient {
  readonly #traffic: Traffic;
  readonly #noReuse: boolean;
  readonly #dial: (outgoing: Outgoing, ended: DialEnded) => void;
  readonly #overHttp1: (line: Line, outgoing: Outgoing, started: number, ended: Ended) => void;
  readonly #sessions = new Map<Origin, Http2Connection>();
  readonly #busy = new Set<Http2Connection>();
  /** Requests that wait for the connection that another is making. */
  readonly #waiting = new Map<Origin, { readonly deadline: number; readonly requests: Request[] }>();
  /** Calls off what waits to be sent again. */
  readonly #pauses = new Set<(reason: RequestFailure) => void>();

  constructor(
    traffic: Traffic,
    noReuse: boolean,
    dial: (outgoing: Outgoing, ended: DialEnded) => void,
    overHttp1: (line: Line, outgoing: Outgoing, started: number, ended: Ended) => void,
  ) {
    this.#traffic = traffic;
    this.#noReuse = noReuse;
    this.#dial = dial;
    this.#overHttp1 = overHttp1;
  }

  send(outgoing: Outgoing, started: number, ended: Ended): void {
    this.#send({ outgoing, started, ended }, 0);
  }

  #send(request: Request, attempt: number): void {
    const { origin, deadline } = request.outgoing;
    const session = this.#sessions.get(origin);
    if (session?.usable) {
      this.#exchange(session, request, attempt);
      return;
    }
    const waiting = this.#waiting.get(origin);
    if (waiting !== undefined && deadline >= waiting.deadline) waiting.requests.push(request);
    else this.#connect(request, attempt);
  }

  #connect(request: Request, attempt: number): void {
    const { outgoing, started, ended } = request;
    const { origin, deadline } = outgoing;
    const shares = !this.#noReuse && speaksHttp2.has(origin) && !this.#waiting.has(origin);
    const waiting = { deadline, requests: [] as Request[] };
    if (shares) this.#waiting.set(origin, waiting);
    this.#dial(outgoing, (failure, line, dial) => {
      if (shares) this.#waiting.delete(origin);
      if (line === undefined) {
        ended(unanswered(failure, dial.connectingMs));
        for (const other of waiting.requests) other.ended(unanswered(failure, 0));
        return;
      }
      if (line.http2) this.#exchange(this.#sessionOn(line, origin), request, attempt);
      else {
        speaksHttp2.delete(origin);
        this.#overHttp1(line, outgoing, started, ended);
      }
      for (const other of waiting.requests) this.#send(other, 0);
    });
  }

  /** The session on a new line, or the one that another request has made meanwhile. */
  #sessionOn(line: Line, origin: Origin): Http2Connection {
    speaksHttp2.add(origin);
    const known = this.#sessions.get(origin);
    if (known?.usable) {
      new Meter(line.tcp, this.#traffic).count();
      line.socket.destroy();
      return known;
    }
    const session = new Http2Connection(line, this.#traffic);
    if (!this.#noReuse) this.#sessions.set(origin, session);
    return session;
  }

  #exchange(session: Http2Connection, request: Request, attempt: number): void {
    const { outgoing, started, ended } = request;
    const fresh = session.exchanges === 0;
    this.#busy.add(session);
    const settled = (end: StreamEnd) => {
      if (session.idle) {
        this.#busy.delete(session);
        if (this.#noReuse || !session.usable) session.destroy();
      }
      const seconds = end.refused ? retryAfter[attempt] : undefined;
      if (seconds !== undefined) {
        this.#pause(seconds, outgoing.deadline, (reason) => {
          if (reason === undefined) this.#send(request, attempt + 1);
          else finish({ ...end, failure: reason, endedAt: performance.now() });
        });
      } else finish(end);
    };
    try {
      session.exchange(outgoing, settled);
    } catch (error) {
      // A header that HTTP/2 has no place for.
      if (session.idle) this.#busy.delete(session);
      ended(unanswered(new RequestFailure(messageOf(error), 1000, { cause: error }), 0));
    }

    function finish(end: StreamEnd): void {
      const timings = timingsOf(end, session, started, end.sendingAt, fresh);
      const { answer } = end;
      const failure = answer.head === '' ? end.failure : end.failure?.ofBody();
      ended({ timings, failure, response: answer, connection: session });
    }
  }

  /** Calls `then` after `seconds`, or with the reason why it is no use to wait so long. */
  #pause(seconds: number, deadline: number, then: (reason: RequestFailure | undefined) => void): void {
    const left = deadline - performance.now();
    const wait = Math.max(0, Math.min(seconds * 1000, left));
    const over = (reason: RequestFailure | undefined) => {
      clearTimeout(timer);
      this.#pauses.delete(over);
      then(reason);
    };
    const timer = setTimeout(() => over(seconds * 1000 < left ? undefined : timedOut()), wait);
    this.#pauses.add(over);
  }

  /** Fails every exchange under way with `reason`; what is dialling is not ours to end. */
  abort(reason: RequestFailure): void {
    for (const over of [...this.#pauses]) over(reason);
    for (const session of [...this.#busy]) session.destroy(reason);
  }

  /** Closes the connections that no exchange is using. */
  closeIdle(): void {
    for (const [origin, session] of this.#sessions) {
      if (!session.idle) continue;
      session.destroy();
      this.#sessions.delete(origin);
    }
  }
}
