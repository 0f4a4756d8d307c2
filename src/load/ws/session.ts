import type { WebSocket } from 'ws';
import { GoError } from '../go-error.ts';
import { open } from '../rewrite/gate.ts';
import { Interrupted, type VU } from '../vu.ts';
import { copied } from './blob.ts';
import { CLOSE_SENT, type Closing, closingError, closingOf } from './closing.ts';
import { closeLine, countTraffic, type Opened } from './handshake.ts';
import { Pings, type SocketSamples } from './samples.ts';

type Handler = (...args: unknown[]) => unknown;

const GOING_AWAY = 1001;

/**
 * What happens in `ws.connect` once the socket is open: events one after another, each as long as its handlers take,
 * until one side closes or a handler throws.
 */
export class SocketSession {
  readonly #vu: VU;
  readonly #opened: Opened;
  readonly #socket: WebSocket;
  readonly #samples: SocketSamples;
  readonly #pings: Pings;
  readonly #handlers = new Map<string, Handler[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #events: (() => unknown)[] = [];
  #closed = false;
  #broken = false;
  #interrupted = false;
  #wake: (() => void) | undefined;
  /** Handlers that were called while a handler ran, and have not ended. */
  #under: Promise<unknown>[] = [];

  constructor(vu: VU, opened: Opened, samples: SocketSamples) {
    this.#vu = vu;
    this.#opened = opened;
    this.#socket = opened.socket;
    this.#samples = samples;
    this.#pings = new Pings(samples);
    this.#listen();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#samples.received();
      if (isBinary) this.#post('binaryMessage', copied(data));
      else this.#post('message', data.toString('utf8'));
    });
    socket.on('ping', () => this.#post('ping'));
    socket.on('pong', (data: Buffer) => {
      this.#pings.answered(data.toString('utf8'));
      this.#post('pong');
    });
    socket.on('error', () => {
      this.#broken = true;
    });
    socket.on('close', (code, reason) => {
      const closing = closingOf(code, reason.toString('utf8'), this.#broken);
      this.#queue(() => this.#closedByPeer(closing));
    });
  }

  /** Runs the script's callback and then the events; rejects with what one of its functions throws. */
  async run(body: (socket: unknown) => unknown): Promise<void> {
    try {
      await this.#call(() => body(this.#object()));
      await this.#emit('open');
      for (;;) {
        await this.#settleUnder();
        if (this.#interrupted) throw new Interrupted();
        if (this.#closed) return;
        const event = this.#events.shift();
        if (event !== undefined) await event();
        else await this.#moreEvents();
      }
    } finally {
      await this.#end();
    }
  }

  interrupt(): void {
    this.#interrupted = true;
    this.#wake?.();
  }

  #moreEvents(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #settleUnder(): Promise<void> {
    while (this.#under.length > 0) await this.#call(() => this.#under.shift());
  }

  async #end(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const result = this.#closed ? undefined : this.#close(GOING_AWAY);
    if (result !== undefined) this.#under.push(result);
    countTraffic(this.#vu, this.#opened.line);
    await this.#settleUnder();
  }

  #queue(event: () => unknown): void {
    this.#events.push(event);
    this.#wake?.();
  }

  #post(name: string, ...args: unknown[]): void {
    this.#queue(() => this.#emit(name, ...args));
  }

  async #closedByPeer(closing: Closing): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const error = closing.code === undefined ? CLOSE_SENT : closingError(closing);
    if (error !== undefined) await this.#emit('error', errorObject(error, closing));
    await this.#emit('close', closing.code ?? GOING_AWAY);
  }

  async #emit(name: string, ...args: unknown[]): Promise<void> {
    for (const handler of this.#handlers.get(name) ?? []) await this.#call(() => handler(...args));
  }

  /** Calls a function of the script, which may block: the operation that it is called from is not one meanwhile. */
  async #call(called: () => unknown): Promise<void> {
    const vu = this.#vu;
    vu.end();
    try {
      const result = called();
      if (result instanceof Promise) open(await result);
    } finally {
      if (vu.mustWait) await vu.later(() => vu.begin('ws.connect'));
      else if (!vu.interrupted) vu.begin('ws.connect');
    }
  }

  /** Calls handlers from within a handler; what they block in is waited for when that one has ended. */
  #emitNow(name: string, ...args: unknown[]): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      const result = handler(...args);
      if (result instanceof Promise) {
        result.catch(() => undefined);
        this.#under.push(result);
      }
    }
  }

  #close(code: number): undefined {
    if (this.#closed) return;
    this.#closed = true;
    closeLine(this.#opened, code);
    this.#emitNow('close', code);
  }

  /** k6 tells of a failed write through the event, and throws nothing. */
  #write(write: () => void): void {
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) {
      this.#emitNow('error', errorObject(CLOSE_SENT));
    } else write();
  }

  /** What the script's callback is given. */
  #object(): object {
    const socket = this.#socket;
    return {
      on: (name: unknown, handler: unknown) => {
        if (typeof handler !== 'function') return;
        const known = this.#handlers.get(String(name)) ?? [];
        this.#handlers.set(String(name), [...known, handler as Handler]);
      },
      send: (data: unknown) => {
        this.#samples.sent();
        this.#write(() => socket.send(data === undefined ? '' : String(data)));
      },
      sendBinary: (data: unknown) => {
        const bytes = binary(data);
        this.#samples.sent();
        this.#write(() => socket.send(bytes, { binary: true }));
      },
      ping: () => this.#write(() => socket.ping(this.#pings.next())),
      setTimeout: (called: unknown, delay: unknown) => this.#after('setTimeout', called, delay, setTimeout),
      setInterval: (called: unknown, delay: unknown) =>
        this.#after('setInterval', called, delay, setInterval),
      close: (...codes: unknown[]) => {
        this.#close(codes.length === 0 ? GOING_AWAY : Math.trunc(Number(codes[0])) || 0);
      },
    };
  }

  #after(name: string, called: unknown, delay: unknown, start: typeof setTimeout | typeof setInterval): void {
    if (typeof called !== 'function') {
      throw new TypeError(
        `could not convert function call parameter 0: could not convert ${String(called)} to sobek.Callable`,
      );
    }
    const ms = Number(delay ?? 0);
    if (!(ms > 0)) throw new GoError(`${name} requires a >0 timeout parameter, received ${ms.toFixed(2)}`);
    if (this.#closed) return;
    this.#timers.add(start(() => this.#queue(() => this.#call(() => called())), ms) as NodeJS.Timeout);
  }
}

function errorObject(text: string, closing?: Closing): object {
  const shown = closing?.code === undefined ? {} : { code: closing.code, text: closing.reason };
  return Object.defineProperty(shown, 'error', { value: () => text });
}

function binary(data: unknown): ArrayBuffer {
  if (data === undefined) throw new GoError('missing argument, expected ArrayBuffer');
  if (data instanceof ArrayBuffer) return data;
  const kind = data === null ? 'null' : (data as object).constructor?.name;
  throw new GoError(`expected ArrayBuffer as argument, received: ${kind}`);
}
