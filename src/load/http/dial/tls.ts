import { isIP } from 'node:net';
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { FxscaleError, messageOf } from '../../../errors.ts';
import type { NetworkOptions, TlsAuth, TlsVersion } from '../../options/network.ts';
import type { RequestFailure } from '../failure.ts';
import { certificateFailure } from './certificate.ts';
import { cipherList, suiteName } from './cipher-suites.ts';
import { trustedRoots } from './trusted-roots.ts';

export type TlsSettings = Pick<NetworkOptions, 'tlsVersion' | 'tlsCipherSuites' | 'tlsAuth'> & {
  readonly insecureSkipTLSVerify: boolean;
};

const nodeVersions: Record<TlsVersion, SecureVersion> = {
  'tls1.0': 'TLSv1',
  'tls1.1': 'TLSv1.1',
  'tls1.2': 'TLSv1.2',
  'tls1.3': 'TLSv1.3',
};

/** How TLS connections are made under a run's options: contexts are made once and shared by all virtual users. */
export class TlsClient {
  readonly #settings: TlsSettings;
  readonly #contexts = new Map<TlsAuth | undefined, SecureContext>();

  /** Throws SCRIPT_OPTIONS for cipher suites that cannot be used. */
  constructor(settings: TlsSettings) {
    this.#settings = settings;
    if (settings.tlsCipherSuites.length > 0) this.#context(undefined);
  }

  /** What `tls.connect` needs for `host`, apart from the socket. Certificates are judged by `refusal`, later. */
  optionsFor(host: string): ConnectionOptions & { requestOCSP: boolean } {
    return {
      rejectUnauthorized: false,
      requestOCSP: true,
      secureContext: this.#context(this.#certificateFor(host)),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(isIP(host) === 0 && { servername: host.replace(/\.$/, '') }),
    };
  }

  /** Why the server's certificate is not good for `host`; undefined when it is, or need not be. */
  refusal(socket: TLSSocket, host: string): RequestFailure | undefined {
    if (this.#settings.insecureSkipTLSVerify) return undefined;
    const verdict = String(socket.authorizationError ?? '');
    return certificateFailure(socket.getPeerCertificate(), host, verdict);
  }

  /**
   * The client's certificate for `host`: the first for its domain, else the first of all, as k6 offers certificates
   * to any server that asks.
   */
  #certificateFor(host: string): TlsAuth | undefined {
    const { tlsAuth } = this.#settings;
    return tlsAuth.find(({ domains }) => domains.some((domain) => covers(domain, host))) ?? tlsAuth[0];
  }

  #context(auth: TlsAuth | undefined): SecureContext {
    let context = this.#contexts.get(auth);
    if (context === undefined) {
      context = newContext(this.#settings, auth);
      this.#contexts.set(auth, context);
    }
    return context;
  }
}

function newContext(settings: TlsSettings, auth: TlsAuth | undefined): SecureContext {
  const { tlsVersion, tlsCipherSuites, insecureSkipTLSVerify } = settings;
  const { min = 'tls1.2', max = 'tls1.3' } = tlsVersion;
  const old = min < 'tls1.2';
  const trusted = insecureSkipTLSVerify ? undefined : trustedRoots();
  const options: SecureContextOptions = {
    minVersion: nodeVersions[min < max ? min : max],
    maxVersion: nodeVersions[max],
    ...(trusted !== undefined && { ca: trusted }),
    ...(auth !== undefined && { cert: auth.cert, key: auth.key }),
    ...(auth?.password !== undefined && { passphrase: auth.password }),
    // OpenSSL refuses the hashes of TLS 1.0 and 1.1 above its lowest level.
    ...(old && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    ...(tlsCipherSuites.length > 0 && { ciphers: cipherList(tlsCipherSuites) }),
  };
  try {
    return createSecureContext(options);
  } catch (cause) {
    throw new FxscaleError(
      'SCRIPT_OPTIONS',
      `options: the tls* options cannot be used here (${messageOf(cause)}); check tlsCipherSuites and tlsAuth`,
      { cause },
    );
  }
}

function covers(domain: string, host: string): boolean {
  const pattern = domain.toLowerCase();
  return pattern.startsWith('*.') ? /^[^.]+(\..+)$/.exec(host)?.[1] === pattern.slice(1) : pattern === host;
}

/** The version as k6 names it: `tls1.3`. */
export function versionOf(socket: TLSSocket): string {
  const protocol = socket.getProtocol() ?? '';
  return protocol.replace('TLSv', 'tls').replace(/^tls1$/, 'tls1.0');
}

/** The cipher suite as k6 names it: `TLS_AES_128_GCM_SHA256`. */
export function suiteOf(socket: TLSSocket): string {
  return suiteName(socket.getCipher()?.standardName ?? '');
}
