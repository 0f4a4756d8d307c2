import type { Socket } from 'node:net';

/** Bytes of all sockets of one VU. */
export type Traffic = { sent: number; received: number };

/** Adds the bytes of one socket on the network to `traffic`: handshakes, framing and all. */
export class Meter {
  readonly #socket: Socket;
  readonly #traffic: Traffic;
  #sent = 0;
  #received = 0;

  constructor(socket: Socket, traffic: Traffic) {
    this.#socket = socket;
    this.#traffic = traffic;
  }

  /** Counts what went over the socket since the last time. */
  count(): void {
    const { bytesWritten, bytesRead } = this.#socket;
    this.#traffic.sent += bytesWritten - this.#sent;
    this.#traffic.received += bytesRead - this.#received;
    this.#sent = bytesWritten;
    this.#received = bytesRead;
  }
}
