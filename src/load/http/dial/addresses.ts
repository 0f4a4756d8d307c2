import { BlockList, isIP, isIPv4 } from 'node:net';

/** An address that never leaves this machine. */
export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/i.test(address) || address === '::1';
}

/** Where a name leads, as k6's `hosts` has it. */
export type Mapped = { readonly address: string; readonly port: number };

/** Names with an optional wildcard at the front: an exact name wins, then the longest ending. */
class Patterns<T> {
  readonly #exact = new Map<string, T>();
  readonly #endings: [ending: string, value: T][] = [];

  constructor(entries: Iterable<readonly [pattern: string, value: T]>) {
    for (const [pattern, value] of entries) {
      const name = pattern.toLowerCase();
      if (name.startsWith('*')) this.#endings.push([name.slice(1), value]);
      else this.#exact.set(name, value);
    }
    this.#endings.sort(([a], [b]) => b.length - a.length);
  }

  get empty(): boolean {
    return this.#exact.size === 0 && this.#endings.length === 0;
  }

  find(name: string): T | undefined {
    return this.#exact.get(name) ?? this.#endings.find(([ending]) => name.endsWith(ending))?.[1];
  }
}

/** k6's `hosts`: a name, name:port or *.ending stands for an address with or without a port. */
export class HostMap {
  readonly #patterns: Patterns<{ address: string; port: number | undefined }>;

  constructor(hosts: Readonly<Record<string, string>>) {
    this.#patterns = new Patterns(Object.entries(hosts).map(([name, to]) => [name, readAddress(to)]));
  }

  find(host: string, port: number): Mapped | undefined {
    if (this.#patterns.empty) return undefined;
    const found = this.#patterns.find(`${host}:${port}`) ?? this.#patterns.find(host);
    return found && { address: found.address, port: found.port ?? port };
  }
}

function readAddress(text: string): { address: string; port: number | undefined } {
  if (isIP(text) !== 0) return { address: text, port: undefined };
  const [, address = '', port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(text) ?? [];
  return { address, port: port === undefined ? undefined : Number(port) };
}

/** k6's `blockHostnames`. */
export class BlockedNames {
  readonly #patterns: Patterns<string>;

  constructor(patterns: readonly string[]) {
    this.#patterns = new Patterns(patterns.map((pattern) => [pattern, pattern]));
  }

  /** The pattern that `host` falls under. */
  find(host: string): string | undefined {
    return this.#patterns.empty ? undefined : this.#patterns.find(host);
  }
}

/** k6's `blacklistIPs`: blocks in CIDR notation. */
export class BlockedAddresses {
  readonly #blocks: [cidr: string, list: BlockList][];

  constructor(blocks: readonly string[]) {
    this.#blocks = blocks.map((cidr) => {
      const [address = '', bits] = cidr.split('/');
      const list = new BlockList();
      list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
      return [cidr, list];
    });
  }

  /** The block that `address` is in. */
  find(address: string): string | undefined {
    if (this.#blocks.length === 0) return undefined;
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    return this.#blocks.find(([, list]) => list.check(address, family))?.[0];
  }
}

type Range = { readonly first: bigint; readonly size: bigint; readonly version: 4 | 6 };

/** k6's `localIPs`: addresses, ranges `a-b` and CIDR blocks that virtual users take in turn. */
export class LocalAddresses {
  readonly #ranges: readonly Range[];
  readonly #size: bigint;

  constructor(text: string) {
    this.#ranges = text === '' ? [] : text.split(',').map(readRange);
    this.#size = this.#ranges.reduce((sum, { size }) => sum + size, 0n);
  }

  /** The address of virtual user `id`, from 1; setup and teardown, 0, have the first. */
  of(id: number): string | undefined {
    if (this.#size === 0n) return undefined;
    let index = BigInt(Math.max(0, id - 1)) % this.#size;
    for (const { first, size, version } of this.#ranges) {
      if (index < size) return addressOf(first + index, version);
      index -= size;
    }
    return undefined;
  }
}

function readRange(text: string): Range {
  const [from = '', bits] = text.split('/');
  if (bits !== undefined) return readCidr(from, Number(bits));
  const [low = '', high = low] = text.split('-');
  const first = numberOf(low);
  return { first, size: numberOf(high) - first + 1n, version: versionOf(low) };
}

/** As in k6, a block of more than two addresses leaves out its first and last. */
function readCidr(address: string, bits: number): Range {
  const version = versionOf(address);
  const all = 1n << BigInt((version === 4 ? 32 : 128) - bits);
  const first = (numberOf(address) / all) * all;
  return all > 2n ? { first: first + 1n, size: all - 2n, version } : { first, size: all, version };
}

function versionOf(address: string): 4 | 6 {
  return isIPv4(address) ? 4 : 6;
}

/** An IP address as the number that its bits are. */
export function numberOf(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  // A URL writes every IPv6 address as groups of hex digits, with at most one gap of zeros.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (side: string) => (side === '' ? [] : side.split(':'));
  const tail = groups(right ?? '');
  const gap = 8 - groups(left).length - tail.length;
  const all = [...groups(left), ...Array<string>(right === undefined ? 0 : gap).fill('0'), ...tail];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** The address whose bits are `bits`. */
export function addressOf(bits: bigint, version: 4 | 6): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => (bits >> BigInt(112 - 16 * i)) & 0xffffn);
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}
