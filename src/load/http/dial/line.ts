import type { Socket } from 'node:net';
import type { OcspStaple } from './ocsp.ts';
import type { HttpProxy } from './proxy.ts';

/** How a connection is secured, in k6's names. */
export type Secured = {
  readonly version: string;
  readonly suite: string;
  readonly ocsp: OcspStaple;
};

/** A connection that has been made. */
export type Line = {
  /** What is read and written. */
  readonly socket: Socket;
  /** The socket on the network, below TLS. */
  readonly tcp: Socket;
  readonly address: string;
  readonly port: number;
  readonly secured: Secured | undefined;
  readonly http2: boolean;
  /** The proxy that plain requests on this connection go to. */
  readonly proxy: HttpProxy | undefined;
  readonly connectingMs: number;
  readonly tlsMs: number;
};

/** A line without TLS. */
export function plainLine(
  tcp: Socket,
  address: string,
  port: number,
  connectingMs: number,
  proxy: HttpProxy | undefined,
): Line {
  return { socket: tcp, tcp, address, port, secured: undefined, http2: false, proxy, connectingMs, tlsMs: 0 };
}
