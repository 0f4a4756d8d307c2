import { isIP } from 'node:net';
import type { Options } from '../../options.ts';
import { RequestFailure } from '../failure.ts';
import type { Origin } from '../target.ts';
import { BlockedAddresses, BlockedNames, HostMap, LocalAddresses, type Mapped } from './addresses.ts';
import { type HttpProxy, proxyOf } from './proxy.ts';
import { type Lookup, Resolver } from './resolver.ts';
import { TlsClient } from './tls.ts';

export type DialSettings = Pick<
  Options,
  | 'hosts'
  | 'blockHostnames'
  | 'blacklistIPs'
  | 'localIPs'
  | 'dns'
  | 'tlsVersion'
  | 'tlsCipherSuites'
  | 'tlsAuth'
  | 'insecureSkipTLSVerify'
>;

/** Throws unless load may go to `host`, whose addresses are `addresses`; none are known behind a proxy. */
export type Admit = (host: string, addresses: readonly string[]) => void;

/** Which machines a run's connections go to, and how: k6's network options, for all virtual users. */
export class Dialler {
  readonly tls: TlsClient;
  readonly #hosts: HostMap;
  readonly #blockedNames: BlockedNames;
  readonly #blockedAddresses: BlockedAddresses;
  readonly #local: LocalAddresses;
  readonly #resolver: Resolver;
  readonly #admit: Admit;
  readonly #proxies = new Map<Origin, HttpProxy | undefined>();

  constructor(settings: DialSettings, admit: Admit, lookup?: Lookup) {
    this.tls = new TlsClient(settings);
    this.#hosts = new HostMap(settings.hosts);
    this.#blockedNames = new BlockedNames(settings.blockHostnames);
    this.#blockedAddresses = new BlockedAddresses(settings.blacklistIPs);
    this.#local = new LocalAddresses(settings.localIPs);
    this.#resolver = new Resolver(settings.dns, lookup);
    this.#admit = admit;
  }

  /**
   * The address to dial for `host` and `port`. Throws or rejects with a RequestFailure for what is blocked or has no
   * address, and with what `admit` throws.
   */
  locate(host: string, port: number): Mapped | Promise<Mapped> {
    return this.#locate(host, port, this.#admit);
  }

  /** The address of a proxy: the user named it in the environment, so that load may go there. */
  locateProxy({ host, port }: HttpProxy): Mapped | Promise<Mapped> {
    return this.#locate(host, port, () => undefined);
  }

  /** Throws unless load may go to `host` through a proxy. */
  admitName(host: string): void {
    this.#admit(host, isIP(host) === 0 ? [] : [host]);
  }

  #locate(host: string, port: number, admit: Admit): Mapped | Promise<Mapped> {
    const pattern = isIP(host) === 0 ? this.#blockedNames.find(host) : undefined;
    if (pattern !== undefined) {
      const detail = `hostname (${host}) is in a blocked pattern (${pattern})`;
      throw new RequestFailure('hostname is blocked', 1111, { detail });
    }
    const mapped = this.#hosts.find(host, port);
    if (mapped !== undefined) return this.#checked(host, mapped, [mapped.address], admit);
    const resolved = this.#resolver.resolve(host);
    if (!(resolved instanceof Promise)) {
      return this.#checked(host, { address: resolved.address, port }, resolved.all, admit);
    }
    return resolved.then(({ address, all }) => this.#checked(host, { address, port }, all, admit));
  }

  #checked(host: string, to: Mapped, all: readonly string[], admit: Admit): Mapped {
    const block = this.#blockedAddresses.find(to.address);
    if (block !== undefined) {
      const detail = `IP (${to.address}) is in a blacklisted range (${block})`;
      throw new RequestFailure('ip is blacklisted', 1110, { detail });
    }
    admit(host, all);
    return to;
  }

  /** The proxy for `origin`, if the environment has one for it. Throws a RequestFailure for one that cannot be used. */
  proxyFor(origin: Origin): HttpProxy | undefined {
    if (this.#proxies.has(origin)) return this.#proxies.get(origin);
    const proxy = proxyOf(origin);
    if (this.#proxies.size >= 10_000) this.#proxies.clear();
    this.#proxies.set(origin, proxy);
    return proxy;
  }

  /** What plain requests to `origin` share connections with: those to the same proxy, else those to the origin. */
  laneOf(origin: Origin): Origin {
    try {
      return this.proxyFor(origin)?.lane ?? origin;
    } catch (error) {
      // Told when it is dialled.
      if (error instanceof RequestFailure) return origin;
      throw error;
    }
  }

  /** The address that virtual user `id` dials from; undefined leaves the choice to the system. */
  localAddress(id: number): string | undefined {
    return this.#local.of(id);
  }
}
