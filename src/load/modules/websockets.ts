import { GoError } from '../go-error.ts';
import { RequestFailure } from '../http/failure.ts';
import { parseUrl } from '../http/url.ts';
import type { VU } from '../vu.ts';
import { ScriptBlob } from '../ws/blob.ts';
import { wsLibrary } from '../ws/library.ts';
import { readSocketParams, type SocketParams } from '../ws/params.ts';
import { EventSocket } from '../ws/web-socket.ts';

const knownParams = new Set(['headers', 'tags', 'jar', 'compression']);

/** `k6/websockets` for one VU. */
export function websocketsModule(vu: VU): Record<string, unknown> {
  wsLibrary();
  function WebSocket(address: unknown, protocols?: unknown, params?: unknown): object {
    const url = checkUrl(address);
    if (!vu.initialised) throw new GoError('using websockets in the init context is not supported');
    return shown(new EventSocket(vu, url, withProtocols(readParams(params), protocols)));
  }
  return { Blob: ScriptBlob, WebSocket };
}

/** Throws GoError for what is no URL of a WebSocket. */
function checkUrl(address: unknown): string {
  if (address === undefined || address === null) throw new GoError('WebSocket requires a url');
  const url = String(address);
  let scheme: string;
  try {
    ({ scheme } = parseUrl(url));
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    const why = error.message.replace(/^invalid URL: /, '');
    throw new GoError(
      `WebSocket requires valid url, but got ${JSON.stringify(url)} which resulted in ${why}`,
    );
  }
  if (scheme !== 'ws' && scheme !== 'wss') {
    throw new GoError(`WebSocket requires url with scheme ws or wss, but got ${JSON.stringify(scheme)}`);
  }
  const [, fragment] = /#(.+)$/s.exec(url) ?? [];
  if (fragment !== undefined) {
    throw new GoError(`WebSocket requires no url fragment, but got ${JSON.stringify(fragment)}`);
  }
  return url;
}

function readParams(given: unknown): SocketParams {
  if (typeof given === 'object' && given !== null) {
    const unknown = Object.keys(given).find((name) => !knownParams.has(name));
    if (unknown !== undefined) throw new GoError(`unknown WebSocket's option ${unknown}`);
  }
  return readSocketParams(given, 'invalid WebSocket tags option');
}

function withProtocols(params: SocketParams, given: unknown): SocketParams {
  const protocols = typeof given === 'string' ? [given] : Array.isArray(given) ? given.map(String) : [];
  if (protocols.length === 0) return params;
  return { ...params, headers: { ...params.headers, 'Sec-Websocket-Protocol': protocols.join(', ') } };
}

/** The object that the script has: k6's properties, in its order, of its own. */
function shown(socket: EventSocket): object {
  const { listeners } = socket;
  const target = {
    addEventListener: (name: unknown, listener: unknown) => listeners.add(String(name), listener),
    send: (data: unknown) => socket.send(data),
    ping: () => socket.ping(),
    close: (code?: unknown, reason?: unknown) => socket.close(code, reason),
    get url() {
      return socket.url;
    },
    get readyState() {
      return socket.readyState;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    extensions: [],
    get protocol() {
      return socket.protocol;
    },
    get binaryType() {
      return socket.binaryType;
    },
    set binaryType(kind: unknown) {
      socket.binaryType = kind;
    },
  };
  for (const name of ['message', 'error', 'open', 'close', 'ping', 'pong']) {
    Object.defineProperty(target, `on${name}`, {
      enumerable: true,
      configurable: true,
      get: () => listeners.get(name),
      set: (listener: unknown) => listeners.set(name, listener),
    });
  }
  socket.shownAs(target);
  return target;
}
