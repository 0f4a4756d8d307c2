import type { VU } from '../vu.ts';
import type { Call } from './call.ts';
import type { Exchange } from './exchange.ts';
import type { RequestFailure } from './failure.ts';
import type { Outcome } from './series.ts';

/** How an exchange ended, for its tags and for the script. */
export function outcomeOf(
  call: Call,
  { response, connection }: Exchange,
  failure: RequestFailure | undefined,
): Outcome {
  if (failure !== undefined) return failedOutcome(call, failure);
  const { status, head } = response;
  return {
    status,
    errorCode: status >= 400 ? 1000 + status : 0,
    error: '',
    proto: head.startsWith('HTTP/1.1') ? 'HTTP/1.1' : head.slice(0, head.indexOf(' ')),
    tlsVersion: connection.tlsVersion,
    expected: isExpected(call, status),
  };
}

export function failedOutcome(call: Call, { code, message }: RequestFailure): Outcome {
  const expected = isExpected(call, 0);
  return { status: 0, errorCode: code, error: message, proto: '', tlsVersion: '', expected };
}

/** Under digest authentication the first answer is to be a challenge. */
function isExpected({ digest, hops, expected }: Call, status: number): boolean | undefined {
  if (expected === null) return undefined;
  return digest === undefined || hops > 0 ? expected(status) : status === 401;
}

/** Counts an answer or a refusal among those of the run. */
export function countAnswer({ session }: VU, failure: RequestFailure | undefined): void {
  if (failure === undefined) session.answered++;
  else if (failure.code >= 1100 && failure.code < 1220) {
    session.refused++;
    session.lastRefusal = failure.message;
  }
}
