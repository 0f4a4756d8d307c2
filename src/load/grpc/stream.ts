import { GoError } from '../go-error.ts';
import { open } from '../rewrite/gate.ts';
import type { VU } from '../vu.ts';
import type { Call, Ending } from './call.ts';
import { Client, serialised, told } from './client.ts';
import { codecOf } from './json.ts';
import { readCallParams } from './params.ts';
import type { Method } from './protos.ts';
import { CallSamples } from './samples.ts';
import { type NamedNumber, statusOf } from './statuses.ts';
import { OK } from './wire.ts';

type Handler = (...args: unknown[]) => unknown;

const events = ['data', 'error', 'end'];

/** `grpc.Stream` on a VU's event loop: it keeps the iteration open until it has ended. */
export class Stream {
  readonly #vu: VU;
  readonly #method: Method;
  readonly #call: Call;
  readonly #samples: CallSamples;
  readonly #release: () => void;
  readonly #handlers = new Map<string, Handler[]>();
  readonly #pending: (() => unknown)[] = [];
  #isFinished = false;
  #isOver = false;

  constructor(vu: VU, client: unknown, path: unknown, params: unknown) {
    if (client === undefined || client === null)
      throw new GoError("invalid GRPC Stream's client: empty gRPC client");
    if (!(client instanceof Client)) throw new GoError("invalid GRPC Stream's client: not a gRPC client");
    const channel = told("invalid GRPC Stream's client", () => client.connected());
    const method = told("invalid GRPC Stream's method", () => client.method(path));
    const given = told("invalid GRPC Stream's parameters", () => readCallParams(params, true));
    this.#vu = vu;
    this.#method = method;
    this.#samples = new CallSamples(vu, channel.address, method, given.tags);
    this.#samples.stream();
    this.#release = vu.hold(() => this.#cutOff());
    this.#call = channel.call(method.path, { ...given, onMessage: (message) => this.#received(message) });
    void this.#call.ended.then((ending) => this.#ended(ending));
  }

  on(event: unknown, handler?: unknown): void {
    const name = String(event);
    if (handler === undefined)
      throw new GoError(`handler for ${JSON.stringify(name)} event isn't a callable function`);
    if (typeof handler !== 'function') {
      throw new TypeError(
        `could not convert function call parameter 1: could not convert ${String(handler)} to func(sobek.Value, sobek.Value) (sobek.Value, error)`,
      );
    }
    if (events.includes(name))
      this.#handlers.set(name, [...(this.#handlers.get(name) ?? []), handler as Handler]);
    else {
      const text = `can't register ${name} event handler: unknown GRPC stream's event type: ${name}`;
      this.#vu.session.log('warning', text);
    }
  }

  write(request?: unknown): void {
    if (this.#isFinished || this.#isOver) return;
    if (request === undefined || request === null) {
      this.#vu.session.log('warning', "can't send empty message", { streamMethod: this.#method.path });
      return;
    }
    try {
      const bytes = serialised(this.#method, request, "can't serialise request object to protocol buffer");
      this.#samples.sent();
      this.#call.write(bytes);
      // The one message of a call that takes no stream.
      if (!this.#method.clientStream) this.end();
    } catch (error) {
      if (!(error instanceof GoError)) throw error;
      this.#call.cancel(error.message);
    }
  }

  end(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#call.finish();
  }

  #received(bytes: Buffer): void {
    const ts = Date.now();
    this.#samples.received();
    const { response } = this.#method;
    const message = codecOf(response).show(response.decode(bytes) as unknown as Record<string, unknown>);
    this.#post(() => this.#emit('data', message, { ts }));
  }

  #ended({ code, message }: Ending): void {
    this.#samples.ended(code);
    if (this.#isOver) return;
    // Not before the script's own turn is over, which may itself have ended the call.
    setImmediate(() => this.#postEnd(code, message));
  }

  #postEnd(code: number, message: string): void {
    this.#post(async () => {
      if (this.#isOver) return;
      this.#isOver = true;
      try {
        if (code !== OK) await this.#emit('error', errorObject(code, message));
        await this.#emit('end', {});
      } finally {
        this.#release();
      }
    });
  }

  /** Each turn takes the oldest event, so that they stay in order whichever turn comes first. */
  #post(event: () => unknown): void {
    this.#pending.push(event);
    this.#vu.run(() => this.#pending.shift()?.());
  }

  #emit(name: string, ...args: unknown[]): Promise<void> | undefined {
    return this.#each(this.#handlers.get(name) ?? [], args);
  }

  #each(handlers: readonly Handler[], args: readonly unknown[]): Promise<void> | undefined {
    for (const [index, handler] of handlers.entries()) {
      const result = handler(...args);
      if (!(result instanceof Promise)) continue;
      const rest = handlers.slice(index + 1);
      if (this.#vu.blockedIn !== undefined) return result.then(open).then(() => this.#each(rest, args));
      const others = this.#each(rest, args);
      return Promise.all([result.then(open), others]).then(() => undefined);
    }
    return undefined;
  }

  #cutOff(): void {
    this.#isOver = true;
    this.#pending.length = 0;
    this.#call.cancel('canceled by client (k6)');
  }
}

type StreamError = { code: NamedNumber; details: unknown[]; message: string; error: () => string };

function errorObject(code: number, message: string): StreamError {
  return { code: statusOf(code), details: [], message, error: () => message };
}
