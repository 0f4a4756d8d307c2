import { lookup } from 'node:dns/promises';
import { FxscaleError, messageOf } from '../errors.ts';
import { maskUrl } from '../units.ts';
import { isLoopback } from './http/dial/addresses.ts';

/**
 * Throws unless load may go to `url`: a USAGE error for what is not an http or https URL and for a host that is neither
 * this machine nor allowed, an UNREACHABLE one for a name without an address.
 */
export async function checkTarget(url: string, allowedHosts: ReadonlySet<string>): Promise<void> {
  const shown = maskUrl(url);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new FxscaleError(
      'USAGE',
      `${shown} is not a URL to load: write for example http://127.0.0.1:3000/`,
    );
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  if (allowedHosts.has(host)) return;
  const addresses = await lookup(host, { all: true }).catch((cause: unknown) => {
    throw new FxscaleError('UNREACHABLE', `${shown} has no address: ${messageOf(cause)}`, { cause });
  });
  if (addresses.every(({ address }) => isLoopback(address) || allowedHosts.has(address))) return;
  throw new FxscaleError(
    'USAGE',
    `${host} is not this machine: if you may load it, add --allow-host ${host}`,
  );
}
