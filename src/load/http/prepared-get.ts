import type { Tags } from '../metrics.ts';
import type { Session } from '../session.ts';
import type { Call, Requester } from './call.ts';
import { RequestFailure } from './failure.ts';
import { requestHead } from './outgoing.ts';
import { type Params, readParams, readTags } from './params.ts';
import type { Sent } from './sent-request.ts';
import { parseTarget, type Target } from './target.ts';

/** A GET without headers of its own is the same bytes and, within a scenario and group, the same tags each time. */
type Prepared = { target: Target; head: string; sent: Sent; base: Tags | undefined; tags: Tags | undefined };

/** Prepared GETs by URL, and the parameters of those that give none: what the VUs of a session share. */
type Shared = { readonly ready: Map<string, Prepared>; readonly plain: Params };

const shared = new WeakMap<Session, Shared>();
const MAX_PREPARED = 2000;

function sharedIn(session: Session): Shared {
  let known = shared.get(session);
  if (known === undefined) {
    const { discardResponseBodies, throw: throws } = session.options;
    known = { ready: new Map(), plain: readParams(undefined, { discard: discardResponseBodies, throws }) };
    shared.set(session, known);
  }
  return known;
}

/** The fast way of `http.get(url)` and `http.get(url, { tags })`. */
export class PreparedGets {
  readonly #requester: Requester;
  readonly #ready: Map<string, Prepared>;
  readonly #plain: Params;
  readonly #named = new Map<string, Tags>();
  #namedBase: Tags | undefined;

  constructor(requester: Requester) {
    this.#requester = requester;
    const { ready, plain } = sharedIn(requester.vu.session);
    this.#ready = ready;
    this.#plain = plain;
  }

  /** Undefined for what takes the long way: other parameters, cookies, or a URL that says more than where to go. */
  callFor(address: unknown, given: unknown): Call | undefined {
    const { vu, expected } = this.#requester;
    if (typeof address !== 'string' || vu.cookies !== undefined) return undefined;
    const params = this.#params(given);
    const known = params && (this.#ready.get(address) ?? this.#prepare(address));
    if (known === undefined || params === undefined) return undefined;
    const { tags: own } = params;
    const plain = own?.name === undefined ? this.#plainTags(known) : this.#namedTags(own.name);
    return {
      method: 'GET',
      target: known.target,
      head: known.head,
      sent: known.sent,
      bytes: undefined,
      plain: undefined,
      params,
      expected: params.expected === undefined ? expected : params.expected,
      tags: own === undefined ? plain : vu.session.http.ownTags(plain, own),
      template: undefined,
      deadline: 0,
      hops: 0,
      digest: undefined,
      authorization: undefined,
      refused: undefined,
    };
  }

  #params(given: unknown): Params | undefined {
    if (given === undefined || given === null) return this.#plain;
    if (typeof given !== 'object') return undefined;
    for (const name in given) if (name !== 'tags') return undefined;
    try {
      const tags = readTags((given as { tags?: unknown }).tags);
      return { ...this.#plain, tags };
    } catch (error) {
      if (error instanceof RequestFailure) return undefined;
      throw error;
    }
  }

  #prepare(url: string): Prepared | undefined {
    try {
      const target = parseTarget(url);
      if (target.credentials !== undefined) return undefined;
      const { userAgent } = this.#requester.vu.session.options;
      const head = requestHead('GET', target, userAgent, {}, undefined);
      const rest = { headers: {}, userAgent, cookies: [], cookie: undefined, body: undefined };
      const sent = { method: 'GET', url: target.href, ...rest };
      const made: Prepared = { target, head, sent, base: undefined, tags: undefined };
      if (this.#ready.size >= MAX_PREPARED) this.#ready.clear();
      this.#ready.set(url, made);
      return made;
    } catch (error) {
      if (error instanceof RequestFailure) return undefined;
      throw error;
    }
  }

  /** The tags of every GET that the script calls `name`, which stands for the URL. */
  #namedTags(name: string): Tags {
    const { vu } = this.#requester;
    if (this.#namedBase !== vu.tags || this.#named.size >= MAX_PREPARED) {
      this.#namedBase = vu.tags;
      this.#named.clear();
    }
    let tags = this.#named.get(name);
    if (tags === undefined) {
      tags = vu.session.http.requestTags(vu.tags, 'GET', name, undefined, { name });
      this.#named.set(name, tags);
    }
    return tags;
  }

  /** Found again while the VU stays in the same group. */
  #plainTags(known: Prepared): Tags {
    const { vu } = this.#requester;
    if (known.tags === undefined || known.base !== vu.tags) {
      known.base = vu.tags;
      known.tags = vu.session.http.requestTags(vu.tags, 'GET', known.target.url, undefined, undefined);
    }
    return known.tags;
  }
}
