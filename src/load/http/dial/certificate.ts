import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { RequestFailure } from '../failure.ts';

/**
 * Why `certificate` is not good for `host`, in k6's words, which looks at dates and names before it looks for the
 * signer; `verdict` is what OpenSSL found, '' for nothing. Undefined for a good one.
 */
export function certificateFailure(
  certificate: PeerCertificate,
  host: string,
  verdict: string,
): RequestFailure | undefined {
  return outOfDate(certificate) ?? ofOtherHost(host, certificate) ?? unverified(verdict);
}

function failure(message: string, code: number, why: string): RequestFailure {
  return new RequestFailure(message, code, { detail: `tls: failed to verify certificate: x509: ${why}` });
}

function outOfDate({ valid_from, valid_to }: PeerCertificate): RequestFailure | undefined {
  const now = new Date();
  const early = now < new Date(valid_from);
  if (!early && now <= new Date(valid_to)) return undefined;
  const stamp = (date: Date) => date.toISOString().replace(/\.\d+Z$/, 'Z');
  const bound = early ? `before ${stamp(new Date(valid_from))}` : `after ${stamp(new Date(valid_to))}`;
  const why = `certificate has expired or is not yet valid: current time ${stamp(now)} is ${bound}`;
  return failure(`x509: ${why}`, 1000, why);
}

function ofOtherHost(host: string, certificate: PeerCertificate): RequestFailure | undefined {
  const names = (certificate.subjectaltname ?? '').split(', ').filter((name) => name !== '');
  if (names.length > 0 && checkServerIdentity(host, certificate) === undefined) return undefined;
  return failure("x509: certificate doesn't match hostname", 1311, whyOther(host, names));
}

function whyOther(host: string, names: readonly string[]): string {
  const of = (kind: string) =>
    names.flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []));
  const addresses = of('IP Address:');
  if (isIP(host) !== 0) {
    return addresses.length === 0
      ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
      : `certificate is valid for ${addresses.join(', ')}, not ${host}`;
  }
  const domains = of('DNS:');
  if (names.length === 0) return 'certificate relies on legacy Common Name field, use SANs instead';
  return domains.length === 0
    ? `certificate is not valid for any names, but wanted to match ${host}`
    : `certificate is valid for ${domains.join(', ')}, not ${host}`;
}

const unknownAuthority = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function unverified(code: string): RequestFailure | undefined {
  if (code === '' || code === 'ERR_TLS_CERT_ALTNAME_INVALID') return undefined;
  if (unknownAuthority.has(code))
    return failure('x509: unknown authority', 1310, 'certificate signed by unknown authority');
  const why = code.toLowerCase().replaceAll('_', ' ');
  return failure(`x509: ${why}`, 1000, why);
}
