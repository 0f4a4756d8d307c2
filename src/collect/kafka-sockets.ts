import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { answered, frames, number } from './kafka-frames.ts';

const KEEP_ALIVE = 60_000;

/**
 * The sockets of one session with a cluster. The library would wait for a broker that has stopped answering before it
 * closes; these can be cut. And some requests it does not know or does not join; here its own connections, logged in as
 * they are, are asked them between its requests, and it passes over the answers, which are to none of its own.
 */
export class KafkaSockets {
  readonly #open = new Map<Socket, string>();
  /** By the number of the request. The library counts its own from 0 up: a negative one is never of these. */
  readonly #waiting = new Map<number, (frame: Buffer) => void>();
  #asked = 0;
  #cut = false;

  readonly factory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#cut) throw new Error('it was given up');
    const name = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...name, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE);
    this.#open.set(socket, `${host}:${port}`);
    socket.once('close', () => this.#open.delete(socket));
    socket.on(
      'data',
      frames((frame) => this.#waiting.get(answered(frame) ?? 0)?.(frame)),
    );
    return socket;
  };

  /** `host:port` of every broker that there is a connection to. */
  brokers(): Set<string> {
    return new Set(this.#open.values());
  }

  /** What the broker answers to a whole frame, without its length. Rejects when that takes longer than `milliseconds`. */
  async ask(broker: string, request: Buffer, milliseconds: number): Promise<Buffer> {
    const socket = [...this.#open].findLast(([, name]) => name === broker)?.[0];
    if (socket === undefined) throw new Error(`there is no connection to ${broker}`);
    const correlation = -1 - (this.#asked++ % 2 ** 31);
    number(request, correlation);
    let give: ((why: string) => void) | undefined;
    const closed = () => give?.('the broker closed the connection when it was asked');
    const timer = setTimeout(() => give?.(`no answer within ${milliseconds} ms`), milliseconds);
    socket.once('close', closed);
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        give = (why) => reject(new Error(why));
        this.#waiting.set(correlation, resolve);
        socket.write(request);
      });
    } finally {
      clearTimeout(timer);
      socket.off('close', closed);
      this.#waiting.delete(correlation);
    }
  }

  /** Ends every connection at once; what still waits for an answer is rejected. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#open.keys()) socket.destroy(new Error('it was given up'));
  }
}
