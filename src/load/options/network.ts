import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { FxscaleError } from '../../errors.ts';
import { durationOf, type Fields, type Given, isRecord, isText, refuse } from './fields.ts';

/** How names become addresses. */
export type DnsOptions = {
  /** Seconds that an answer is kept; Infinity for ever, 0 not at all. */
  readonly ttl: number;
  readonly select: (typeof selections)[number];
  readonly policy: (typeof policies)[number];
};

/** A client certificate as PEM, for the hosts in `domains`, or for every host when there are none. */
export type TlsAuth = {
  readonly cert: string;
  readonly key: string;
  readonly password: string | undefined;
  readonly domains: readonly string[];
};

export type TlsVersion = (typeof tlsVersions)[number];
export type TlsVersions = { readonly min: TlsVersion | undefined; readonly max: TlsVersion | undefined };

export type NetworkOptions = {
  /** name, name:port or *.wildcard to an address with or without a port, as given. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly blockHostnames: readonly string[];
  /** CIDR notation. */
  readonly blacklistIPs: readonly string[];
  /** Addresses, ranges `a-b` and CIDR blocks, with commas; empty for any. */
  readonly localIPs: string;
  readonly dns: DnsOptions;
  readonly tlsVersion: TlsVersions;
  /** Names as Go spells them. */
  readonly tlsCipherSuites: readonly string[];
  readonly tlsAuth: readonly TlsAuth[];
};

const selections = ['first', 'random', 'roundRobin'] as const;
const policies = ['preferIPv4', 'preferIPv6', 'onlyIPv4', 'onlyIPv6', 'any'] as const;
const tlsVersions = ['tls1.0', 'tls1.1', 'tls1.2', 'tls1.3'] as const;

/** The suites that Go's crypto/tls knows, under the names that k6 takes. */
const cipherSuites = new Set([
  ...['RC4_128_SHA', '3DES_EDE_CBC_SHA', 'AES_128_CBC_SHA', 'AES_256_CBC_SHA'].map(
    (s) => `TLS_RSA_WITH_${s}`,
  ),
  ...['AES_128_CBC_SHA256', 'AES_128_GCM_SHA256', 'AES_256_GCM_SHA384'].map((s) => `TLS_RSA_WITH_${s}`),
  ...['RC4_128_SHA', 'AES_128_CBC_SHA', 'AES_256_CBC_SHA', 'AES_128_CBC_SHA256'].flatMap(ecdhe),
  ...['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305'].flatMap(ecdhe),
  'TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA',
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
]);

function ecdhe(suite: string): string[] {
  return [`TLS_ECDHE_ECDSA_WITH_${suite}`, `TLS_ECDHE_RSA_WITH_${suite}`];
}

const HOST_PATTERN = /^(\*\.?)?((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)?$/i;

/** The options that decide which machines are reached, and how. Throws SCRIPT_OPTIONS, or USAGE for a flag. */
export function readNetwork(fields: Fields): NetworkOptions {
  return {
    dns: fields.custom(
      'dns',
      defaultDns,
      (given) => readDns(given).dns,
      () => null,
    ),
    tlsCipherSuites: fields.texts('tlsCipherSuites', [], (name) => cipherSuites.has(name), cipherSuitesRight),
    tlsVersion: fields.custom(
      'tlsVersion',
      { min: undefined, max: undefined },
      readTlsVersion,
      showTlsVersion,
    ),
    tlsAuth: fields.custom('tlsAuth', [], readTlsAuth, (list) =>
      list.map(({ cert, key, password, domains }) => ({ cert, key, password: password ?? null, domains })),
    ),
    blacklistIPs: fields.texts('blacklistIPs', [], isCidr, 'each must be a CIDR block such as "10.0.0.0/8"'),
    blockHostnames: fields.texts('blockHostnames', [], (name) => HOST_PATTERN.test(name), hostnamesRight),
    hosts: fields.custom('hosts', {}, readHosts, (hosts) => hosts),
    localIPs: fields.custom('localIPs', '', readLocalIPs, (text) => text),
  };
}

const hostnamesRight = 'each must be a name such as "example.com" or "*.example.com"';
const cipherSuitesRight = 'each must be a suite of Go, for example "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"';
const defaultDns: DnsOptions = { ttl: 300, select: 'random', policy: 'preferIPv4' };

/** The fields of `dns` as k6 shows them to a script: what was given, as text. */
export function shownDns(given: Given | undefined): object {
  return given === undefined ? { ttl: null, select: null, policy: null } : readDns(given).shown;
}

function readDns(given: Given): { dns: DnsOptions; shown: object } {
  const right = 'it must be { ttl, select, policy }, as a flag "ttl=5m,select=random,policy=preferIPv4"';
  const value = isText(given)
    ? Object.fromEntries(given.value.split(',').map((pair) => pair.split(/=(.*)/s, 2)))
    : given.value;
  if (!isRecord(value)) throw refuse(given, right);
  const part = (name: string) => ({ ...given, name: `${given.name}: ${name}`, value: value[name] ?? null });
  const unknown = Object.keys(value).find((name) => !(name in defaultDns));
  if (isText(given) && unknown !== undefined) throw refuse(given, right);
  const choose = <T extends string>(name: string, choices: readonly T[], fallback: T): T => {
    const field = part(name);
    if (field.value === null || field.value === '') return fallback;
    const found = choices.find((choice) => choice === field.value);
    if (found === undefined) throw refuse(field, `it must be one of ${choices.join(', ')}`);
    return found;
  };
  const dns = {
    ttl: ttlOf(part('ttl')),
    select: choose('select', selections, defaultDns.select),
    policy: choose('policy', policies, defaultDns.policy),
  };
  return {
    dns,
    shown: { ttl: value.ttl ?? null, select: value.select ?? null, policy: value.policy ?? null },
  };
}

function ttlOf(given: Given): number {
  const { value } = given;
  if (value === null || value === '') return defaultDns.ttl;
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  const seconds = typeof value === 'string' ? durationOf({ value, layer: 'script' }) : undefined;
  if (seconds === undefined || seconds < 0)
    throw refuse(given, 'it must be "inf", "0" or a duration in quotes such as "5m"');
  return seconds;
}

function readTlsVersion(given: Given): TlsVersions {
  const { value } = given;
  const fields = typeof value === 'string' ? { min: value, max: value } : value;
  const known = isRecord(fields) && Object.keys(fields).every((name) => name === 'min' || name === 'max');
  const right = `it must be one of ${tlsVersions.join(', ')}, or { min, max } of them`;
  if (!known) throw refuse(given, right);
  const version = (side: 'min' | 'max') => {
    const text = fields[side] ?? '';
    const found = tlsVersions.find((one) => one === text);
    if (found === undefined && text !== '') throw refuse(given, right);
    return found;
  };
  const versions = { min: version('min'), max: version('max') };
  if (versions.min !== undefined && versions.max !== undefined && versions.min > versions.max)
    throw refuse(given, 'min must not be above max');
  return versions;
}

function showTlsVersion({ min, max }: TlsVersions): object {
  return { min: min ?? '', max: max ?? '' };
}

/** Refusals name the field only: a certificate or key has no place in a message. */
function readTlsAuth(given: Given): TlsAuth[] {
  const wrong = (where: string, right: string) =>
    new FxscaleError(given.layer === 'flags' ? 'USAGE' : 'SCRIPT_OPTIONS', `${where}: ${right}`);
  if (!Array.isArray(given.value)) throw wrong(given.name, 'it must be a list of { cert, key, domains }');
  return given.value.map((item: unknown, i) => {
    const where = `${given.name}[${i}]`;
    const { cert, key, password = null, domains = null } = isRecord(item) ? item : {};
    if (typeof cert !== 'string' || typeof key !== 'string')
      throw wrong(where, 'cert and key must be PEM texts, for example from open("client.pem")');
    if (password !== null && typeof password !== 'string') throw wrong(where, 'password must be text');
    const list: unknown = domains ?? [];
    if (!Array.isArray(list) || !list.every((name) => typeof name === 'string'))
      throw wrong(where, 'domains must be a list of host names');
    const auth = { cert, key, password: password ?? undefined, domains: list as string[] };
    try {
      createSecureContext({ cert, key, ...(auth.password !== undefined && { passphrase: auth.password }) });
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw wrong(where, `cert and key must be a certificate and its key as PEM (${why})`);
    }
    return auth;
  });
}

function readHosts(given: Given): Readonly<Record<string, string>> {
  if (!isRecord(given.value)) throw refuse(given, 'it must be an object of names with their addresses');
  for (const [pattern, address] of Object.entries(given.value)) {
    const own = { ...given, name: `${given.name}[${JSON.stringify(pattern)}]`, value: address };
    if (!HOST_PATTERN.test(pattern.replace(/:\d+$/, '')))
      throw refuse(own, 'its name must be a host, host:port or *.domain');
    if (typeof address !== 'string' || !isAddress(address))
      throw refuse(own, 'it must be an IP address with or without a port, for example "127.0.0.1:8080"');
  }
  return Object.fromEntries(Object.entries(given.value as Record<string, string>).toSorted(byKey));
}

function byKey([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function isAddress(text: string): boolean {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  return isIP(text) !== 0 || isIP(text.replace(/:\d+$/, '')) === 4;
}

function isCidr(text: string): boolean {
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

function readLocalIPs(given: Given): string {
  const { value } = given;
  const valid = (text: string) =>
    isCidr(text) || text.split('-', 3).every((side, _, sides) => sides.length < 3 && isIP(side) !== 0);
  if (typeof value !== 'string' || !(value === '' || value.split(',').every(valid))) {
    throw refuse(given, 'it must list IP addresses, ranges and CIDR blocks, for example "10.0.0.2-10.0.0.9"');
  }
  return value;
}
