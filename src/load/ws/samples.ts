import { record, type Tags } from '../metrics.ts';
import type { VU } from '../vu.ts';

/** The samples of one socket, under the tags that its VU had when it was opened. */
export class SocketSamples {
  readonly #vu: VU;
  readonly #openedAt = performance.now();
  #tags: Tags;

  /** `name` is the tag of that name, unless the script gives another. */
  constructor(vu: VU, url: string, given: Record<string, string>, name: string | undefined) {
    this.#vu = vu;
    this.#tags = vu.tags;
    if (name !== undefined) this.#tag('name', name);
    for (const [key, value] of Object.entries(given)) this.#tags = this.#tags.with(key, value);
    this.#tag('url', url);
  }

  #tag(key: string, value: string): void {
    if (this.#vu.session.options.systemTags.has(key)) this.#tags = this.#tags.with(key, value);
  }

  /** The server has answered the handshake. */
  answered(status: number, subprotocol: string, address: string): void {
    this.#tag('status', String(status));
    this.#tag('subproto', subprotocol);
    if (address !== '') this.#tag('ip', address);
  }

  /** The handshake is over, whatever came of it. */
  connected(): void {
    const { wsSessions, wsConnecting } = this.#vu.session.builtins;
    record(wsSessions, this.#tags, 1);
    record(wsConnecting, this.#tags, performance.now() - this.#openedAt);
  }

  sent(): void {
    record(this.#vu.session.builtins.wsMsgsSent, this.#tags, 1);
  }

  received(): void {
    record(this.#vu.session.builtins.wsMsgsReceived, this.#tags, 1);
  }

  /** `ms` from a ping to its pong. */
  ping(ms: number): void {
    record(this.#vu.session.builtins.wsPing, this.#tags, ms);
  }

  ended(): void {
    record(this.#vu.session.builtins.wsSessionDuration, this.#tags, performance.now() - this.#openedAt);
  }
}

/** Pings that wait for their pongs: each carries its number. */
export class Pings {
  readonly #samples: SocketSamples;
  readonly #sentAt = new Map<string, number>();
  #count = 0;

  constructor(samples: SocketSamples) {
    this.#samples = samples;
  }

  /** What the next ping carries. */
  next(): string {
    const id = String(this.#count++);
    this.#sentAt.set(id, performance.now());
    return id;
  }

  answered(id: string): void {
    const sentAt = this.#sentAt.get(id);
    if (sentAt === undefined) return;
    this.#sentAt.delete(id);
    this.#samples.ping(performance.now() - sentAt);
  }
}
