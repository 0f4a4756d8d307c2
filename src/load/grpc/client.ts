import { GoError } from '../go-error.ts';
import { resolvePath, scriptFolder } from '../modules/paths.ts';
import { promised } from '../modules/promised.ts';
import { FileRefusal } from '../opened-files.ts';
import { Interrupted, type VU } from '../vu.ts';
import { Channel } from './channel.ts';
import { codecOf } from './json.ts';
import { BadJson } from './json-error.ts';
import type { Root } from './library.ts';
import { type CallParams, readCallParams, readConnectParams } from './params.ts';
import { infoOf, loadProtos, type Method, type MethodInfo, methodsOf, readProtoset } from './protos.ts';
import { checkHealth, reflect } from './reflection.ts';
import { CallSamples } from './samples.ts';
import { healthOf, type NamedNumber, statusOf } from './statuses.ts';
import { OK } from './wire.ts';

type Response = {
  message: unknown;
  error: { code: number; message: string; details: unknown[] } | null;
  headers: Record<string, string[]>;
  trailers: Record<string, string[]>;
  status: NamedNumber;
};

/** The definitions that a run's scripts have loaded, so that its VUs share them. */
const loaded = new WeakMap<object, Map<string, Root>>();
const byPath = new WeakMap<Root, Method[]>();

/** `grpc.Client` for one VU. */
export class Client {
  readonly #vu: VU;
  #methods = new Map<string, Method>();
  #channel: Channel | undefined;

  constructor(vu: VU) {
    this.#vu = vu;
  }

  load(folders?: unknown, ...files: unknown[]): MethodInfo[] {
    if (this.#vu.initialised) throw new GoError('load must be called in the init context');
    const base = scriptFolder(this.#vu);
    const given = Array.isArray(folders) ? folders.map((each) => resolvePath(String(each), base)) : [];
    const from = given.length === 0 ? [base] : given;
    const names = files.map(String);
    const root = this.#shared(JSON.stringify([from, names]), () =>
      loadProtos(from, names, (path) => this.#vu.session.files.read(path)),
    );
    return this.#take(root);
  }

  loadProtoset(file?: unknown): MethodInfo[] {
    if (this.#vu.initialised) throw new GoError('loadProtoset must be called in the init context');
    const path = resolvePath(String(file ?? ''), scriptFolder(this.#vu));
    const root = this.#shared(path, () => {
      try {
        return readProtoset(this.#vu.session.files.read(path));
      } catch (error) {
        if (!(error instanceof FileRefusal)) throw error;
        throw new GoError(`couldn't open protoset: stat ${path}: no such file or directory`);
      }
    });
    return this.#take(root);
  }

  #shared(key: string, make: () => Root): Root {
    const { session } = this.#vu;
    const roots = loaded.get(session) ?? new Map<string, Root>();
    loaded.set(session, roots);
    const root = roots.get(key) ?? make();
    roots.set(key, root);
    return root;
  }

  #take(root: Root): MethodInfo[] {
    const methods = byPath.get(root) ?? methodsOf(root);
    byPath.set(root, methods);
    for (const method of methods) this.#methods.set(method.path, method);
    return methods.map(infoOf);
  }

  async connect(address?: unknown, params?: unknown): Promise<boolean> {
    const vu = this.#vu;
    if (!vu.initialised)
      throw new GoError('connecting to a gRPC server in the init context is not supported');
    const read = told('invalid grpc.connect() parameters', () => readConnectParams(params, vu));
    return blocking(vu, 'grpc connect', async (signal) => {
      const channel = await Channel.open(vu, String(address), read, signal);
      this.#channel = channel;
      if (read.reflect) this.#take(await reflect(vu, channel, read.reflectMetadata));
      return true;
    });
  }

  async invoke(path?: unknown, request?: unknown, params?: unknown): Promise<Response> {
    if (!this.#vu.initialised) throw new GoError('invoking RPC methods in the init context is not supported');
    return blocking(this.#vu, 'grpc invoke', (signal) =>
      this.#unary(path, request, params, "invalid GRPC's client.invoke() parameters", signal),
    );
  }

  asyncInvoke(path?: unknown, request?: unknown, params?: unknown): Promise<Response> {
    if (!this.#vu.initialised) throw new GoError('invoking RPC methods in the init context is not supported');
    const wrong = "invalid GRPC's client.asyncInvoke() parameters";
    return promised(this.#vu, this.#unary(path, request, params, wrong, undefined));
  }

  async #unary(
    path: unknown,
    request: unknown,
    given: unknown,
    wrong: string,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const channel = this.connected();
    const method = this.method(path);
    const params = told(wrong, () => readCallParams(given, false));
    if (request === null) throw new TypeError('Cannot convert undefined or null to object');
    if (request === undefined) throw new GoError('request cannot be nil');
    const bytes = serialised(method, request, 'unable to serialise request object to protocol buffer');
    const samples = new CallSamples(this.#vu, channel.address, method, params.tags);
    let got: Buffer | undefined;
    const onMessage = (message: Buffer) => {
      got ??= message;
      if (method.serverStream) call.cancel('');
    };
    const call = channel.call(method.path, { ...params, onMessage });
    signal?.addEventListener('abort', () => call.cancel('interrupted'));
    if (call.write(bytes)) call.finish();
    const ending = await call.ended;
    if (signal?.aborted) throw new Interrupted();
    const code = method.serverStream && got !== undefined ? OK : ending.code;
    const message = this.#shown(method, params, code === OK ? got : undefined);
    samples.ended(code);
    const error = code === OK ? null : { code, message: ending.message, details: [] };
    return { message, error, headers: ending.headers, trailers: ending.trailers, status: statusOf(code) };
  }

  #shown({ response }: Method, { discards }: CallParams, bytes: Buffer | undefined): unknown {
    if (discards) return null;
    const codec = codecOf(response);
    return codec.show(response.decode(bytes ?? Buffer.alloc(0)) as unknown as Record<string, unknown>);
  }

  async healthCheck(service?: unknown): Promise<{ status: NamedNumber }> {
    const channel = this.connected();
    return blocking(this.#vu, 'grpc healthCheck', async () => ({
      status: healthOf(await checkHealth(this.#vu, channel, service === undefined ? '' : String(service))),
    }));
  }

  close(): void {
    this.#channel?.close('canceled by client (k6)');
    this.#channel = undefined;
  }

  /** Throws GoError without a connection. */
  connected(): Channel {
    if (this.#channel === undefined) throw new GoError('no gRPC connection, you must call connect first');
    return this.#channel;
  }

  /** Throws GoError for a method that no definition has. */
  method(given: unknown): Method {
    const text = given === undefined || given === null ? '' : String(given);
    if (text === '') throw new GoError('method to invoke cannot be empty');
    const path = text.startsWith('/') ? text : `/${text}`;
    const method = this.#methods.get(path);
    if (method === undefined)
      throw new GoError(`method ${JSON.stringify(path)} not found in file descriptors`);
    return method;
  }
}

/** What `read` throws, with `what` before it. */
export function told<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw new GoError(`${what}: ${error.message}`, { cause: error });
  }
}

/** `request` as the bytes of the method's message. Throws GoError, its message begun by `what`. */
export function serialised({ request: type }: Method, request: unknown, what: string): Uint8Array {
  try {
    const message = codecOf(type).read(JSON.parse(JSON.stringify(request)));
    return type.encode(type.create(message)).finish();
  } catch (error) {
    if (!(error instanceof BadJson)) throw error;
    throw new GoError(`${what}: ${error.told(request)}`, { cause: error });
  }
}

/** Runs a blocking operation, which `signal` tells when the iteration is cut off. */
async function blocking<T>(vu: VU, name: string, operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (vu.mustWait) return vu.later(() => blocking(vu, name, operation));
  vu.begin(name);
  const calledOff = new AbortController();
  let release = () => {};
  try {
    release = vu.hold(() => calledOff.abort());
    return await operation(calledOff.signal);
  } finally {
    release();
    vu.end();
  }
}
