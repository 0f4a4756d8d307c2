import { GoError } from '../go-error.ts';
import type { VU } from '../vu.ts';
import { type Handshake, type Opened, shakeHands } from '../ws/handshake.ts';
import { wsLibrary } from '../ws/library.ts';
import { readSocketParams } from '../ws/params.ts';
import { SocketSamples } from '../ws/samples.ts';
import { SocketSession } from '../ws/session.ts';

type Body = (socket: unknown) => unknown;
type SocketResponse = { url: string; status: number; headers: object; body: string; error: string };

/** `k6/ws` for one VU. */
export function wsModule(vu: VU): Record<string, unknown> {
  wsLibrary();

  async function blockIn(url: string, params: unknown, body: Body): Promise<SocketResponse> {
    const given = readSocketParams(params, 'invalid ws.connect() metric tags');
    const samples = new SocketSamples(vu, url, given.tags, undefined);
    let session: SocketSession | undefined;
    const attach = (opened: Opened) => {
      session = new SocketSession(vu, opened, samples);
    };
    const attempt = shakeHands(vu, url, given, samples, attach);
    const release = vu.hold(() => {
      attempt.cancel();
      session?.interrupt();
    });
    try {
      const handshake = await attempt.done;
      if (session !== undefined) await session.run(body);
      return responseOf(url, handshake, vu.session.options.throw);
    } finally {
      samples.ended();
      release();
    }
  }

  async function connect(...args: unknown[]): Promise<SocketResponse> {
    if (!vu.initialised) throw new GoError('using websockets in the init context is not supported');
    if (args.length < 2) throw new GoError('invalid number of arguments to ws.connect');
    const [address, params, body] = args.length === 2 ? [args[0], undefined, args[1]] : args;
    if (typeof body !== 'function') throw new GoError('last argument to ws.connect must be a function');
    if (vu.mustWait) return vu.later(() => connect(address, params, body));
    vu.begin('ws.connect');
    try {
      return await blockIn(address === undefined ? '' : String(address), params, body as Body);
    } finally {
      vu.end();
    }
  }

  return { connect };
}

/** Throws GoError for a socket that did not open, under `throw`. */
function responseOf(url: string, handshake: Handshake, throws: boolean): SocketResponse {
  const { status, headers, body, error, opened } = handshake;
  if (throws && error !== '') throw new GoError(error);
  // k6 tells of an error only where there was no answer.
  return { url: opened === undefined ? '' : url, status, headers, body, error: status === 0 ? error : '' };
}
