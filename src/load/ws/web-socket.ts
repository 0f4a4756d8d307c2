import { GoError } from '../go-error.ts';
import { goType } from '../http/go-text.ts';
import type { VU } from '../vu.ts';
import { bytesOfData, copied, ScriptBlob } from './blob.ts';
import { type Closing, closingError, closingOf } from './closing.ts';
import {
  type Attempt,
  closeLine,
  countTraffic,
  type Handshake,
  type Opened,
  shakeHands,
} from './handshake.ts';
import { Listeners } from './listeners.ts';
import type { SocketParams } from './params.ts';
import { Pings, SocketSamples } from './samples.ts';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * A WebSocket on a VU's event loop: it keeps the iteration open until it is closed, and its events come in the order
 * in which they happened, when the script is not blocked.
 */
export class EventSocket {
  readonly url: string;
  readonly listeners: Listeners;
  readyState = CONNECTING;
  bufferedAmount = 0;
  protocol = '';
  #binaryType = 'blob';
  /** What the script has for this socket. */
  #target: object = {};
  readonly #vu: VU;
  readonly #samples: SocketSamples;
  readonly #pings: Pings;
  readonly #attempt: Attempt;
  readonly #release: () => void;
  readonly #events: (() => unknown)[] = [];
  #opened: Opened | undefined;
  #broken = false;
  #closeAs: { code: number; reason: string } = { code: 1000, reason: '' };

  constructor(vu: VU, url: string, params: SocketParams) {
    this.url = url;
    this.#vu = vu;
    this.listeners = new Listeners(vu);
    this.#samples = new SocketSamples(vu, url, params.tags, url);
    this.#pings = new Pings(this.#samples);
    this.#release = vu.hold(() => this.#cutOff());
    this.#attempt = shakeHands(vu, url, params, this.#samples, (opened, protocol) =>
      this.#attach(opened, protocol),
    );
    this.#attempt.done.then(
      (handshake) => this.#answered(handshake),
      (error) => this.#failed(error),
    );
  }

  shownAs(target: object): void {
    this.#target = target;
  }

  get binaryType(): string {
    return this.#binaryType;
  }

  set binaryType(kind: unknown) {
    if (kind !== 'blob' && kind !== 'arraybuffer') {
      throw new GoError(`unknown binaryType ${kind}, the supported ones are "blob" and "arraybuffer"`);
    }
    this.#binaryType = kind;
  }

  send(data: unknown): void {
    const { socket } = this.#ready();
    const bytes = data instanceof DataView ? undefined : bytesOfData(data);
    if (bytes === undefined)
      throw new GoError(`unsupported send type ${data instanceof DataView ? goType({}) : goType(data)}`);
    this.bufferedAmount += bytes.length;
    this.#samples.sent();
    socket.send(bytes, { binary: typeof data !== 'string' }, () => {
      this.bufferedAmount -= bytes.length;
    });
  }

  ping(): void {
    const { socket } = this.#ready();
    this.#samples.sent();
    socket.ping(this.#pings.next());
  }

  #ready(): Opened {
    if (this.readyState !== OPEN || this.#opened === undefined) throw new GoError('InvalidStateError');
    return this.#opened;
  }

  close(code?: unknown, reason?: unknown): void {
    if (this.readyState === CLOSED || this.readyState === CLOSING) return;
    this.#closeAs = closeArguments(code, reason);
    this.readyState = CLOSING;
    if (this.#opened !== undefined) this.#sendClose(this.#opened);
  }

  #sendClose(opened: Opened): void {
    this.#samples.sent();
    closeLine(opened, this.#closeAs.code, this.#closeAs.reason);
  }

  #attach(opened: Opened, protocol: string): void {
    const { socket } = opened;
    this.#opened = opened;
    this.protocol = protocol;
    if (this.readyState === CLOSING) this.#sendClose(opened);
    else {
      this.#post(() => {
        if (this.readyState !== CONNECTING) return undefined;
        this.readyState = OPEN;
        return this.#emit('open');
      });
    }
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#post(() => {
        this.#samples.received();
        const content = isBinary ? this.#binary(data) : data.toString('utf8');
        return this.#emit('message', { data: content, origin: this.url });
      });
    });
    socket.on('ping', () => this.#post(() => this.#emit('ping')));
    socket.on('pong', (data: Buffer) => {
      this.#pings.answered(data.toString('utf8'));
      this.#post(() => this.#emit('pong'));
    });
    socket.on('error', () => {
      this.#broken = true;
    });
    socket.on('close', (code, reason) => {
      const closing = closingOf(code, reason.toString('utf8'), this.#broken);
      this.#post(() => this.#end(closing, closingError(closing)));
    });
  }

  #binary(data: Buffer): ArrayBuffer | ScriptBlob {
    return this.#binaryType === 'blob' ? new ScriptBlob([data]) : copied(data);
  }

  #answered({ opened, error }: Handshake): void {
    if (opened === undefined) this.#post(() => this.#end({ code: undefined, reason: '' }, error, false));
  }

  /** The handshake was called off, or the run is stopped. */
  #failed(error: unknown): void {
    this.readyState = CLOSED;
    this.#release();
    if (!this.#vu.interrupted) this.#vu.fail(error);
  }

  /** Each turn takes the oldest event, so that they stay in order whichever turn comes first. */
  #post(event: () => unknown): void {
    this.#events.push(event);
    this.#vu.run(() => this.#turn());
  }

  #turn(): unknown {
    const event = this.#events.shift();
    if (event === undefined) return undefined;
    try {
      const result = event();
      // What blocks nobody is the script's own promise, which is no event's fault.
      if (!(result instanceof Promise) || this.#vu.blockedIn === undefined) return result;
      return result.catch((error: unknown) => this.#thrown(error));
    } catch (error) {
      return this.#thrown(error);
    }
  }

  /** A listener threw: k6 tells the socket's own listeners, closes it, and fails the iteration. */
  async #thrown(error: unknown): Promise<never> {
    try {
      await this.#end({ code: undefined, reason: '' }, String(error));
    } catch {
      // What the first listener threw is what ends the iteration.
    }
    throw error;
  }

  #emit(type: string, more: object = {}): Promise<void> | undefined {
    const timestamp = performance.timeOrigin + performance.now();
    return this.listeners.call(type, { type, target: this.#target, timestamp, ...more });
  }

  async #end({ code, reason }: Closing, error: string | undefined, counted = true): Promise<void> {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#leave(counted);
    try {
      if (error !== undefined) await this.#emit('error', { error });
      await this.#emit('close', code === undefined ? { reason } : { code, reason });
    } finally {
      this.#release();
    }
  }

  #leave(counted: boolean): void {
    if (this.#opened === undefined) return;
    if (counted) this.#samples.ended();
    if (this.#opened.socket.readyState === OPEN) closeLine(this.#opened, 1000);
    countTraffic(this.#vu, this.#opened.line);
  }

  /** The iteration is over, by its end or by an error: the script hears of that only where it can still run. */
  #cutOff(): void {
    if (this.readyState === CLOSED) return;
    const opened = this.#opened;
    this.#events.length = 0;
    if (opened === undefined || this.#vu.interrupted) {
      this.readyState = CLOSED;
      this.#leave(true);
      this.#attempt.cancel();
    } else this.#end({ code: 1000, reason: '' }, undefined).catch(() => undefined);
  }
}

/** Throws GoError, in the words of the browsers' API, for what cannot be sent. */
function closeArguments(code: unknown, reason: unknown): { code: number; reason: string } {
  const given = Math.trunc(Number(code ?? 0)) || 0;
  const number = given === 0 ? 1000 : given;
  if (number !== 1000 && !(number >= 3000 && number <= 4999)) {
    throw new GoError(
      `InvalidAccessError: Failed to execute 'close' on 'WebSocket': The close code must be either 1000, or between 3000 and 4999. ${number} is neither`,
    );
  }
  const text = reason === undefined ? '' : String(reason);
  if (Buffer.byteLength(text, 'utf8') > 123) {
    throw new GoError(
      "SyntaxError: Failed to execute 'close' on 'WebSocket': The message must not be greater than 123 bytes",
    );
  }
  return { code: number, reason: text };
}
