import { RequestFailure } from '../http/failure.ts';
import { parseTarget, type Target } from '../http/target.ts';
import { parseUrl } from '../http/url.ts';

/** Where a ws: or wss: URL leads, in terms of the HTTP request of the handshake. Throws a RequestFailure. */
export function socketTarget(url: string): Target {
  let parts: ReturnType<typeof parseUrl>;
  try {
    parts = parseUrl(url);
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error;
    throw new RequestFailure(error.message.replace(/^invalid URL: /, ''), error.code);
  }
  const { scheme, credentials } = parts;
  if ((scheme !== 'ws' && scheme !== 'wss') || credentials !== undefined) {
    throw new RequestFailure('malformed ws or wss URL', 1020);
  }
  return parseTarget(parts.text(undefined).replace(/^ws/i, 'http').replace(/#.*$/s, ''));
}
