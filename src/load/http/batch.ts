import { GoError } from '../go-error.ts';
import { type Call, type Done, type Requester, refusedResponse } from './call.ts';
import { RequestFailure } from './failure.ts';
import { goText, goType } from './go-text.ts';
import { prepareCall } from './prepare.ts';
import type { Response } from './response.ts';
import { TemplateUrl } from './template-url.ts';

type Perform = (call: Call, done: Done) => void;
type Responses = Response[] | Record<string, Response>;

/**
 * `http.batch`: the requests of a list or an object at once, within the limits of the options. Nothing is sent when
 * one of them means no request. Throws and rejects with GoError for what k6 throws, under `throw` for a failure too.
 */
export async function batch(
  from: Requester,
  given: readonly unknown[],
  perform: Perform,
): Promise<Responses> {
  const [requests] = given;
  if (given.length === 0) throw new GoError('no argument was provided to http.batch()');
  if (typeof requests !== 'object' || requests === null)
    throw new GoError(`invalid http.batch() argument type ${goType(requests)}`);
  const keys = Object.keys(requests);
  const calls: Call[] = [];
  for (const [place, key] of keys.entries()) {
    try {
      calls.push(callOf(from, (requests as Record<string, unknown>)[key], place));
    } catch (error) {
      return inShape(requests, keys, refused(from, calls.length, error));
    }
  }
  return inShape(requests, keys, await sendAll(from, calls, perform));
}

/** As k6 leaves it: nothing in the places before the one that is wrong. */
function refused({ vu, send }: Requester, before: number, error: unknown): Response[] {
  if (!(error instanceof RequestFailure)) throw error;
  if (vu.session.options.throw) throw new GoError(error.detail, { cause: error });
  vu.session.log('warning', 'A batch request failed', { error: error.detail });
  const empty = Array.from({ length: before }, () => refusedResponse(send, undefined));
  return [...empty, refusedResponse(send, error)];
}

function inShape(requests: object, keys: readonly string[], responses: readonly Response[]): Responses {
  if (Array.isArray(requests)) return [...responses];
  return Object.fromEntries(responses.map((response, i) => [keys[i] as string, response]));
}

function callOf(from: Requester, request: unknown, place: number): Call {
  const bad = (why: string) => new RequestFailure(why, 0, { bare: true });
  if (Array.isArray(request)) {
    if (request.length < 2) throw bad(`invalid batch request '${listed(request)}'`);
    return prepareCall(from, request[0], request[1], request[2], request[3]);
  }
  if (typeof request !== 'object' || request === null || request instanceof TemplateUrl)
    return prepareCall(from, 'GET', request, undefined, undefined);
  const { method, url, body, params } = request as Record<string, unknown>;
  if (!('url' in request)) throw bad(`batch request ${place} doesn't have a url key`);
  return prepareCall(from, method, url, body, params);
}

function listed(request: readonly unknown[]): string {
  const shown = request.map((one) => (typeof one === 'string' ? JSON.stringify(one) : goText(one)));
  return `[]interface {}{${shown.join(', ')}}`;
}

/** As many at once as the options allow, in order; one that waits for its host keeps its place among them. */
async function sendAll({ vu }: Requester, calls: readonly Call[], perform: Perform): Promise<Response[]> {
  const { batch: most, batchPerHost } = vu.session.options;
  const responses: Response[] = [];
  const hosts = new Map<string, HostLimit>();
  let next = 0;
  let fault: { error: unknown } | undefined;
  const one = (call: Call, index: number) =>
    new Promise<void>((resolve) => {
      perform(call, (response, error) => {
        if (response === undefined) fault ??= { error };
        else responses[index] = response;
        resolve();
      });
    });
  async function work(): Promise<void> {
    for (let index = next++; index < calls.length; index = next++) {
      const call = calls[index] as Call;
      const { authority } = call.target.origin;
      const limit = hosts.get(authority) ?? new HostLimit(batchPerHost);
      hosts.set(authority, limit);
      await limit.enter();
      await one(call, index);
      limit.leave();
    }
  }
  await Promise.all(Array.from({ length: Math.min(calls.length, most) }, work));
  if (fault !== undefined) throw fault.error;
  return responses;
}

/** At most so many at once, the others in the order in which they came; 0 is no limit. */
class HostLimit {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most === 0 ? Number.POSITIVE_INFINITY : most;
  }

  enter(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
