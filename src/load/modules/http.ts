import { FxscaleError } from '../../errors.ts';
import { type Call, perform, refusedUrl } from '../http/call.ts';
import { RequestFailure } from '../http/failure.ts';
import {
  encodeBody,
  type Params,
  readParams,
  requestHead,
  supportedParams,
  UnsupportedParam,
} from '../http/outgoing.ts';
import type { Response } from '../http/response.ts';
import { parseTarget, type Target } from '../http/target.ts';
import type { Tags } from '../metrics.ts';
import type { Session } from '../session.ts';
import type { VU } from '../vu.ts';

type Given = Record<string, unknown> | null | undefined;

/** A GET without headers of its own is the same bytes and, within a scenario and group, the same tags each time. */
type Prepared = { target: Target; head: string; base: Tags | undefined; tags: Tags | undefined };

/** Prepared GETs by URL, shared by the VUs of a session. */
const prepared = new WeakMap<Session, Map<string, Prepared>>();
const MAX_PREPARED = 2000;

/** `k6/http` for one VU. */
export function httpModule(vu: VU): Record<string, unknown> {
  const { session } = vu;
  const { options } = session;
  const ready = prepared.get(session) ?? new Map<string, Prepared>();
  prepared.set(session, ready);
  const plain: Params = readParams(undefined, {
    discard: options.discardResponseBodies,
    throws: options.throw,
  });

  function prepare(url: string): Prepared {
    const target = parseTarget(url);
    const head = requestHead('GET', target, options.userAgent, {}, undefined);
    const made: Prepared = { target, head, base: undefined, tags: undefined };
    if (ready.size >= MAX_PREPARED) ready.clear();
    ready.set(url, made);
    return made;
  }

  /** The tags of a GET without tags of its own, found again while the VU stays in the same group. */
  function plainTags(known: Prepared, url: string): Tags {
    if (known.tags === undefined || known.base !== vu.tags) {
      known.base = vu.tags;
      known.tags = session.http.requestTags(vu.tags, 'GET', url, undefined);
    }
    return known.tags;
  }

  function params(given: Given): Params {
    if (given === null || given === undefined) return plain;
    try {
      return readParams(given, { discard: options.discardResponseBodies, throws: options.throw });
    } catch (error) {
      if (!(error instanceof UnsupportedParam)) throw error;
      const stop = new FxscaleError(
        'SCRIPT',
        `the request parameter '${error.message}' is not supported yet (supported: ${supportedParams.join(', ')}); run this script with the real k6`,
      );
      session.stop(stop);
      throw stop;
    }
  }

  function get(address: unknown, given?: Given): Promise<Response> {
    if (vu.mustWait) return vu.later(() => get(address, given));
    if (vu.cookies !== undefined || (given !== undefined && given !== null && given.headers !== undefined)) {
      return send('GET', address, null, given);
    }
    const url = String(address);
    const own = params(given);
    begin('GET');
    let known = ready.get(url);
    try {
      known ??= prepare(url);
    } catch (error) {
      return refuse('GET', url, own, error);
    }
    const tags =
      own.tags === undefined
        ? plainTags(known, url)
        : session.http.requestTags(vu.tags, 'GET', url, own.tags);
    return perform(vu, call('GET', url, known.target, known.head, undefined, own, tags));
  }

  function send(verb: unknown, address: unknown, body: unknown, given: Given): Promise<Response> {
    if (vu.mustWait) return vu.later(() => send(verb, address, body, given));
    const method = String(verb).toUpperCase();
    const url = String(address);
    const { bytes, contentType } = encodeBody(body);
    const own = withContentType(params(given), contentType);
    begin(method);
    try {
      const target = parseTarget(url);
      const tags = session.http.requestTags(vu.tags, method, target.url, own.tags);
      return perform(vu, call(method, url, target, undefined, bytes, own, tags));
    } catch (error) {
      return refuse(method, url, own, error);
    }
  }

  function withContentType(own: Params, contentType: string | undefined): Params {
    if (contentType === undefined || own.headers['Content-Type'] !== undefined) return own;
    return { ...own, headers: { ...own.headers, 'Content-Type': contentType } };
  }

  function call(
    method: string,
    url: string,
    target: Target,
    head: string | undefined,
    bytes: Buffer | undefined,
    own: Params,
    tags: Tags,
  ): Call {
    return {
      method,
      url,
      target,
      head,
      bytes,
      params: own,
      tags,
      deadline: performance.now() + own.timeoutMs,
      redirectsLeft: own.redirects ?? options.maxRedirects,
    };
  }

  function begin(method: string): void {
    if (!vu.initialised) throw new Error('Making http requests in the init context is not supported');
    vu.begin(`http ${method}`);
  }

  function refuse(method: string, url: string, own: Params, error: unknown): Promise<Response> {
    vu.end();
    if (!(error instanceof RequestFailure)) throw error;
    return refusedUrl(
      vu,
      method,
      url,
      session.http.requestTags(vu.tags, method, url, own.tags),
      error,
      own.throws,
    );
  }

  return {
    get,
    head: (url: unknown, given?: Given) => send('HEAD', url, null, given),
    post: (url: unknown, body?: unknown, given?: Given) => send('POST', url, body, given),
    put: (url: unknown, body?: unknown, given?: Given) => send('PUT', url, body, given),
    patch: (url: unknown, body?: unknown, given?: Given) => send('PATCH', url, body, given),
    del: (url: unknown, body?: unknown, given?: Given) => send('DELETE', url, body, given),
    options: (url: unknown, body?: unknown, given?: Given) => send('OPTIONS', url, body, given),
    request: (method: unknown, url: unknown, body?: unknown, given?: Given) => send(method, url, body, given),
  };
}
