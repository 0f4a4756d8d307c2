import { FxscaleError } from '../../errors.ts';
import type { VU } from '../vu.ts';
import { loggedUrl, targetFor } from './auth.ts';
import { encodeBody } from './bodies/body.ts';
import { compress } from './bodies/compression.ts';
import type { Call, Requester } from './call.ts';
import { RequestFailure } from './failure.ts';
import { type Params, readParams } from './params.ts';
import { nowhere, parseTarget, type Target } from './target.ts';
import { addressText, TemplateUrl } from './template-url.ts';
import { parseUrl } from './url.ts';

/**
 * The request that a script's arguments mean. Throws a RequestFailure for arguments that mean none; a URL of which
 * only the scheme or the host is of no use makes a request that fails, as in k6.
 */
export function prepareCall(
  { vu, expected }: Requester,
  verb: unknown,
  address: unknown,
  body: unknown,
  given: unknown,
): Call {
  const { options, log, http } = vu.session;
  const method = verb === undefined ? 'GET' : String(verb);
  const url = addressText(address);
  const { target, refused } = aim(url);
  const { bytes, contentType } = encodeBody(body, (text) => log('warning', text));
  const params = readParams(given, { discard: options.discardResponseBodies, throws: options.throw });
  if (params.auth === 'ntlm') throw noNtlm(vu);
  if (contentType !== undefined) params.headers['Content-Type'] ??= contentType;
  const sent = bytes === undefined ? undefined : compressed(vu, method, target, bytes, params);
  warnOfLength(vu, method, target, sent, params);
  const aimed = targetFor(target, params.auth);
  const template = address instanceof TemplateUrl ? address.name : undefined;
  return {
    method,
    target: aimed,
    head: undefined,
    sent: undefined,
    bytes: sent,
    plain: bytes,
    params,
    expected: params.expected === undefined ? expected : params.expected,
    tags: http.requestTags(vu.tags, method, aimed.url, template, params.tags),
    template,
    deadline: 0,
    hops: 0,
    digest: params.auth === 'digest' ? (target.credentials ?? { username: '', password: '' }) : undefined,
    authorization: undefined,
    refused,
  };
}

function aim(url: string): { target: Target; refused: RequestFailure | undefined } {
  try {
    return { target: parseTarget(url), refused: undefined };
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.code === 1020) throw error;
    return { target: nowhere(parseUrl(url).text(undefined), url), refused: error };
  }
}

function compressed(vu: VU, method: string, target: Target, bytes: Buffer, params: Params): Buffer {
  const { compression, headers } = params;
  if (compression.length === 0) return bytes;
  const encoding = compression.join(', ');
  headers['Content-Encoding'] ??= encoding;
  if (headers['Content-Encoding'] !== encoding) {
    vu.session.log(
      'warning',
      `There's a mismatch between the desired \`compression\` the manually set \`Content-Encoding\` header in the ${method} request for '${loggedUrl(target)}', the custom header has precedence and won't be overwritten. This may result in invalid data being sent to the server.`,
    );
  }
  return compress(bytes, compression);
}

function warnOfLength(
  vu: VU,
  method: string,
  target: Target,
  sent: Buffer | undefined,
  { headers }: Params,
): void {
  const given = headers['Content-Length'];
  const length = sent?.length ?? 0;
  if (given === undefined || given === String(length)) return;
  vu.session.log(
    'warning',
    `The specified Content-Length header ${JSON.stringify(given)} in the ${method} request for ${loggedUrl(target)} doesn't match the actual request body length of ${length}, so it will be ignored!`,
  );
}

function noNtlm(vu: VU): FxscaleError {
  const error = new FxscaleError(
    'SCRIPT',
    "the request parameter auth: 'ntlm' is not supported (basic and digest are): run the script with --engine k6",
  );
  vu.session.stop(error);
  return error;
}
