import { lookup as systemLookup } from 'node:dns';
import { isIP, isIPv4 } from 'node:net';
import type { DnsOptions } from '../../options/network.ts';
import { lookupFailed, noSuchHost, RequestFailure } from '../failure.ts';

/** All addresses of a name; rejects with the system's error. */
export type Lookup = (host: string) => Promise<readonly string[]>;

/** The address to dial, and all that the name has. */
export type Resolution = { readonly address: string; readonly all: readonly string[] };

type Known = {
  readonly all: readonly string[];
  readonly usable: readonly string[];
  until: number;
  next: number;
};

/** Names to addresses under k6's `dns` options, for all virtual users of a run. */
export class Resolver {
  readonly #dns: DnsOptions;
  readonly #lookup: Lookup;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<Known>>();

  /** `now` is in milliseconds, `random` from 0 to 1. */
  constructor(
    dns: DnsOptions,
    lookup: Lookup = lookUp,
    now: () => number = () => performance.now(),
    random: () => number = Math.random,
  ) {
    this.#dns = dns;
    this.#lookup = lookup;
    this.#now = now;
    this.#random = random;
  }

  /** At once for an address or a name that is known. Throws or rejects with a RequestFailure when there is none. */
  resolve(host: string): Resolution | Promise<Resolution> {
    if (isIP(host) !== 0) return { address: host, all: [host] };
    const known = this.#known.get(host);
    if (known !== undefined && this.#now() < known.until) return this.#select(host, known);
    return this.#ask(host).then((answer) => this.#select(host, answer));
  }

  #ask(host: string): Promise<Known> {
    const asked = this.#asked.get(host);
    if (asked !== undefined) return asked;
    const answer = this.#answer(host).finally(() => this.#asked.delete(host));
    this.#asked.set(host, answer);
    return answer;
  }

  async #answer(host: string): Promise<Known> {
    // What ends in a number is an address or nothing; the system would read 127.1 and 0x7f000001 as addresses.
    if (/(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i.test(host)) throw noSuchHost(host, false);
    let all: readonly string[];
    try {
      all = await this.#lookup(host);
    } catch (error) {
      if (error instanceof RequestFailure || !(error instanceof Error)) throw error;
      throw lookupFailed(host, error);
    }
    const known = { all, usable: this.#allowed(all), until: this.#now() + this.#dns.ttl * 1000, next: 0 };
    if (this.#dns.ttl > 0 && known.usable.length > 0) this.#known.set(host, known);
    return known;
  }

  #allowed(all: readonly string[]): readonly string[] {
    const four = all.filter((address) => isIPv4(address));
    const six = all.filter((address) => !isIPv4(address));
    switch (this.#dns.policy) {
      case 'preferIPv4':
        return four.length > 0 ? four : six;
      case 'preferIPv6':
        return six.length > 0 ? six : four;
      case 'onlyIPv4':
        return four;
      case 'onlyIPv6':
        return six;
      case 'any':
        return all;
    }
  }

  #select(host: string, known: Known): Resolution {
    const { usable, all } = known;
    const { select } = this.#dns;
    let index = 0;
    if (select === 'roundRobin') index = known.next++ % usable.length;
    else if (select === 'random') index = Math.floor(this.#random() * usable.length);
    const address = usable[index];
    // For a name without an address of the kind wanted k6 has no code of its own.
    if (address === undefined) throw new RequestFailure(`lookup ${host}: no such host`, 1000);
    return { address, all };
  }
}

/** What the system's resolver says, `/etc/hosts` included. */
function lookUp(host: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    systemLookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error === null) resolve(found.map(({ address }) => address));
      else reject(error);
    });
  });
}
