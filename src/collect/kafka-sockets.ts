import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { frames, numberOf, stamp } from './kafka-frames.ts';

const KEEP_ALIVE = 60_000;

type Waiting = { socket: Socket; resolve: (frame: Buffer) => void; reject: (why: Error) => void };

/**
 * The sockets of one session with a cluster. The library would wait for a broker that has stopped answering before it
 * closes; these can be cut. And some requests it does not know or does not join; here its own connections, logged in as
 * they are, are asked them between its requests, and it passes over the answers, which are to none of its own.
 */
export class KafkaSockets {
  readonly #open = new Map<Socket, string>();
  /** By the number of the request. The library counts its own from 0 up: a negative one is never of these. */
  readonly #waiting = new Map<number, Waiting>();
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
    socket.once('close', () => this.#closed(socket));
    socket.on(
      'data',
      frames((frame) => this.#waiting.get(numberOf(frame) ?? 0)?.resolve(frame)),
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
    const number = -1 - (this.#asked++ % 2 ** 31);
    stamp(request, number);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        const late = new Error(`no answer within ${milliseconds} ms`);
        timer = setTimeout(() => reject(late), milliseconds);
        this.#waiting.set(number, { socket, resolve, reject });
        socket.write(request);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(number);
    }
  }

  #closed(socket: Socket): void {
    this.#open.delete(socket);
    const why = new Error('the broker closed the connection when it was asked');
    for (const waiting of this.#waiting.values()) if (waiting.socket === socket) waiting.reject(why);
  }

  /** Ends every connection at once; what still waits for an answer is rejected. */
  cut(): void {
    this.#cut = true;
    for (const socket of this.#open.keys()) socket.destroy(new Error('it was given up'));
  }
}
