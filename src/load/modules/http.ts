import { GoError } from '../go-error.ts';
import { batch } from '../http/batch.ts';
import { file } from '../http/bodies/multipart.ts';
import { type Call, type Done, perform, type Requester, refusedResponse } from '../http/call.ts';
import { expectedStatuses, isUsual, setExpectation } from '../http/callback.ts';
import { httpConstants } from '../http/constants.ts';
import { ScriptJar, vuJar } from '../http/cookies/cookie-script.ts';
import { RequestFailure } from '../http/failure.ts';
import { prepareCall } from '../http/prepare.ts';
import { PreparedGets } from '../http/prepared-get.ts';
import type { Response } from '../http/response.ts';
import { TemplateUrl } from '../http/template-url.ts';
import { Interrupted, type VU } from '../vu.ts';

/** `k6/http` for one VU. */
export function httpModule(vu: VU): Record<string, unknown> {
  const { session } = vu;
  const requester: Requester = { vu, send, expected: isUsual };
  const gets = new PreparedGets(requester);

  function assertTest(): void {
    if (!vu.initialised) throw new GoError('Making http requests in the init context is not supported');
  }

  function get(address: unknown, given?: unknown): Promise<Response> {
    if (vu.mustWait) return vu.later(() => get(address, given));
    const call = vu.initialised ? gets.callFor(address, given) : undefined;
    return call === undefined
      ? send('GET', address, null, given)
      : wait('http GET', (done) => start(call, done));
  }

  /** Sends one request, and blocks until it has ended. */
  function send(method: unknown, address: unknown, body: unknown, given: unknown): Promise<Response> {
    if (vu.mustWait) return vu.later(() => send(method, address, body, given));
    assertTest();
    return wait(`http ${String(method)}`, (done) => request(method, address, body, given, done));
  }

  function wait(operation: string, begin: (done: Done) => void): Promise<Response> {
    vu.begin(operation);
    return new Promise((resolve, reject) => {
      begin((response, error) => {
        vu.end();
        if (response === undefined) reject(error);
        else resolve(response);
      });
    });
  }

  function request(
    method: unknown,
    address: unknown,
    body: unknown,
    given: unknown,
    done: Done,
    isOver?: () => boolean,
  ): void {
    try {
      start(prepareCall(requester, method, address, body, given), done, isOver);
    } catch (error) {
      if (!(error instanceof RequestFailure)) done(undefined, error);
      else if (session.options.throw) done(undefined, new GoError(error.detail, { cause: error }));
      else {
        session.log('warning', 'Request Failed', { error: error.detail });
        done(refusedResponse(send, error));
      }
    }
  }

  /** Sends a request when its turn under `rps` has come. */
  function start(call: Call, done: Done, isOver?: () => boolean): void {
    const turn = session.limiter?.take();
    if (turn === undefined) {
      perform(requester, call, done, isOver);
      return;
    }
    let waits = true;
    const release = vu.hold(() => {
      waits = false;
      done(undefined, new Interrupted());
    });
    turn.then(() => {
      if (!waits) return;
      release();
      perform(requester, call, done, isOver);
    });
  }

  /** Sends a request beside whatever the script does. Its promise settles when the script is not blocked. */
  function asyncRequest(
    method: unknown,
    address: unknown,
    body?: unknown,
    given?: unknown,
  ): Promise<Response> {
    assertTest();
    return new Promise((resolve, reject) => {
      let over = false;
      const release = vu.hold(() => {
        over = true;
        vu.client.abort(new RequestFailure('context canceled', 1000));
        reject(new Interrupted());
      });
      const done: Done = (response, error) => {
        if (over) return;
        vu.run(() => {
          if (response === undefined) reject(error);
          else resolve(response);
          release();
        });
      };
      request(method, address, body, given, done, () => over);
    });
  }

  function batched(...requests: unknown[]): Promise<unknown> {
    if (vu.mustWait) return vu.later(() => batched(...requests));
    if (!vu.initialised) throw new GoError('Using batch in the init context is not supported');
    vu.begin('http batch');
    return batch(requester, requests, start).finally(() => vu.end());
  }

  return {
    get,
    head: (url: unknown, given?: unknown) => send('HEAD', url, null, given),
    post: (url: unknown, body?: unknown, given?: unknown) => send('POST', url, body, given),
    put: (url: unknown, body?: unknown, given?: unknown) => send('PUT', url, body, given),
    patch: (url: unknown, body?: unknown, given?: unknown) => send('PATCH', url, body, given),
    del: (url: unknown, body?: unknown, given?: unknown) => send('DELETE', url, body, given),
    options: (url: unknown, body?: unknown, given?: unknown) => send('OPTIONS', url, body, given),
    request: (method: unknown, url?: unknown, body?: unknown, given?: unknown) =>
      send(method, url, body, given),
    asyncRequest,
    batch: batched,
    url: (texts: readonly string[], ...values: unknown[]) => new TemplateUrl(texts, values),
    file,
    cookieJar: () => vuJar(vu),
    CookieJar: ScriptJar,
    expectedStatuses,
    setResponseCallback: (...given: unknown[]) => {
      requester.expected = setExpectation(given);
    },
    ...httpConstants,
  };
}
