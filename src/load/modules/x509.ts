import { X509Certificate } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import { GoError } from '../go-error.ts';

/** Object identifiers by the short names that OpenSSL writes for them. */
const attributeTypes: Record<string, string> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  businessCategory: '2.5.4.15',
  postalCode: '2.5.4.17',
  GN: '2.5.4.42',
  initials: '2.5.4.43',
  emailAddress: '1.2.840.113549.1.9.1',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
};

const signatureAlgorithms: Record<string, string> = {
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.2.840.113549.1.1.11': 'SHA256-RSA',
  '1.2.840.113549.1.1.12': 'SHA384-RSA',
  '1.2.840.113549.1.1.13': 'SHA512-RSA',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
  '1.2.840.10045.4.3.2': 'ECDSA-SHA256',
  '1.2.840.10045.4.3.3': 'ECDSA-SHA384',
  '1.2.840.10045.4.3.4': 'ECDSA-SHA512',
  '1.3.101.112': 'Ed25519',
};

type Attribute = { type: string; value: string };

/** `k6/crypto/x509`. */
export function x509Module(): Record<string, unknown> {
  return {
    parse: (pem: unknown) => parsed(certificateOf(pem)),
    getAltNames: (pem: unknown) => altNames(certificateOf(pem)),
    getIssuer: (pem: unknown) => issuerOf(certificateOf(pem)),
    getSubject: (pem: unknown) => subjectOf(certificateOf(pem)),
  };
}

function certificateOf(pem: unknown): X509Certificate {
  if (typeof pem !== 'string' || !/-----BEGIN [^-]+-----/.test(pem))
    throw new GoError('failed to decode certificate PEM file');
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new GoError('failed to parse certificate: x509: malformed certificate', { cause });
  }
}

function parsed(certificate: X509Certificate): object {
  return {
    subject: subjectOf(certificate),
    issuer: issuerOf(certificate),
    notBefore: timeOf(certificate.validFrom),
    notAfter: timeOf(certificate.validTo),
    altNames: altNames(certificate),
    signatureAlgorithm: signatureAlgorithms[signatureOid(certificate.raw)] ?? '0',
    fingerPrint: certificate.fingerprint.split(':').map((hex) => Number.parseInt(hex, 16)),
    publicKey: publicKeyOf(certificate),
  };
}

const timeOf = (text: string) => new Date(text).toISOString().replace('.000Z', 'Z');

function publicKeyOf({ publicKey }: X509Certificate): object {
  const key = publicKey.export({ format: 'jwk' });
  const number = (text: string | undefined) =>
    BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`);
  switch (publicKey.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: 'RSA', key: { n: number(key.n), e: Number(number(key.e)) } };
    case 'ec':
      return { algorithm: 'ECDSA', key: { curve: { name: key.crv }, x: number(key.x), y: number(key.y) } };
    default:
      throw new GoError('unsupported public key algorithm');
  }
}

/** Attributes in their order; OpenSSL's text has one a line, with backslashes before what would be ambiguous. */
function attributesOf(text: string): Attribute[] {
  return text.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    if (at < 0) return [];
    const name = line.slice(0, at);
    const value = line
      .slice(at + 1)
      .replaceAll(/\\(?:([0-9A-F]{2})|(.))/g, (_, hex?: string, plain?: string) => {
        return hex === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(hex, 16));
      });
    return [{ type: attributeTypes[name] ?? name, value }];
  });
}

const first = (names: Attribute[], name: string) => all(names, name)[0] ?? '';

function all(names: Attribute[], name: string): string[] {
  return names.filter(({ type }) => type === attributeTypes[name]).map(({ value }) => value);
}

function issuerOf({ issuer }: X509Certificate): object {
  const names = attributesOf(issuer);
  return {
    commonName: first(names, 'CN'),
    country: first(names, 'C'),
    stateOrProvinceName: first(names, 'ST'),
    localityName: first(names, 'L'),
    organizationName: first(names, 'O'),
    names,
  };
}

function subjectOf({ subject }: X509Certificate): object {
  const names = attributesOf(subject);
  return {
    commonName: first(names, 'CN'),
    country: first(names, 'C'),
    postalCode: first(names, 'postalCode'),
    stateOrProvinceName: first(names, 'ST'),
    localityName: first(names, 'L'),
    streetAddress: first(names, 'street'),
    organizationName: first(names, 'O'),
    organizationalUnitName: all(names, 'OU'),
    names,
  };
}

const altNameKinds = ['DNS:', 'email:', 'IP Address:', 'URI:'];

/** Names, then mail addresses, IP addresses and URIs. */
function altNames({ subjectAltName = '' }: X509Certificate): string[] {
  const entries = subjectAltName.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g)?.map((entry) => entry.trim()) ?? [];
  return altNameKinds.flatMap((kind) =>
    entries.filter((entry) => entry.startsWith(kind)).map((entry) => plainName(entry.slice(kind.length))),
  );
}

function plainName(text: string): string {
  if (text.startsWith('"')) return JSON.parse(text);
  // OpenSSL writes IPv6 addresses in full.
  const isIPv6 = /^[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){7}$/.test(text);
  return isIPv6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

/** The object identifier in the second element of a certificate in DER. Throws GoError for what is none. */
function signatureOid(der: Buffer): string {
  try {
    const signed = contentAt(der, contentAt(der, 0).start);
    const identifier = contentAt(der, contentAt(der, signed.end).start);
    return decodeOid(der.subarray(identifier.start, identifier.end));
  } catch (cause) {
    throw new GoError(`failed to parse certificate: ${messageOf(cause)}`, { cause });
  }
}

/** Where the content of the DER element at `at` starts and ends. */
function contentAt(der: Buffer, at: number): { start: number; end: number } {
  const short = der.readUInt8(at + 1);
  if (short < 0x80) return { start: at + 2, end: at + 2 + short };
  const start = at + 2 + (short & 0x7f);
  return { start, end: start + der.readUIntBE(at + 2, short & 0x7f) };
}

function decodeOid(bytes: Buffer): string {
  const [head = 0, ...rest] = bytes;
  const parts = [Math.min(2, Math.floor(head / 40))];
  parts.push(head - 40 * (parts[0] ?? 0));
  let part = 0;
  for (const byte of rest) {
    part = part * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    parts.push(part);
    part = 0;
  }
  return parts.join('.');
}
