import { Worker } from 'node:worker_threads';
import { FxscaleError } from '../../errors.ts';
import type { SampleChunk } from '../outputs/samples.ts';
import type { FromWorker, OrderName, Orders, PlainError, Tick, ToWorker, WorkerStart } from './messages.ts';
import type { Surroundings } from './part.ts';

type Waiting = { resolve: (answer: never) => void; reject: (reason: Error) => void };

export type ThreadListener = Omit<Surroundings, 'samples'> & {
  tick(thread: Thread, tick: Tick): void;
  samples(thread: Thread, output: number, chunk: SampleChunk): void;
};

/** A worker thread, as the main thread sees it. */
export class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #gone: Error | undefined;

  constructor(start: WorkerStart, listener: ThreadListener) {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: start });
    this.#worker.on('message', (message: FromWorker) => {
      if ('tick' in message) listener.tick(this, message.tick);
      else if ('log' in message) listener.log(...message.log);
      else if ('output' in message) listener.samples(this, message.output, message.chunk);
      else if ('stop' in message) listener.stop(errorFrom(message.stop));
      else this.#settle(message);
    });
    this.#worker.on('error', (error) => this.#lose(error));
    this.#worker.on('exit', () => this.#lose(new Error('the worker thread ended')));
  }

  /** Rejects with what the order failed with, or when the thread is gone. */
  ask<N extends OrderName>(name: N, order: Orders[N]['order']): Promise<Orders[N]['answer']> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = ++this.#asked;
    return new Promise<Orders[N]['answer']>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, name, order } as ToWorker);
    });
  }

  /** Has the running iterations interrupted and no more started. */
  stop(): void {
    this.#send({ stop: true });
  }

  /** Ends the thread whatever it is doing; what it was asked is rejected with `reason`. */
  async end(reason: Error = new Error('the worker thread was ended')): Promise<void> {
    this.#lose(reason);
    await this.#worker.terminate();
  }

  get gone(): boolean {
    return this.#gone !== undefined;
  }

  #send(message: ToWorker): void {
    if (this.#gone === undefined) this.#worker.postMessage(message);
  }

  #settle(message: Extract<FromWorker, { id: number }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('error' in message) waiting?.reject(errorFrom(message.error));
    else if ('fault' in message) waiting?.reject(new Error(message.fault));
    else waiting?.resolve(message.answer as never);
  }

  #lose(reason: Error): void {
    this.#gone ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}

function errorFrom({ code, message }: PlainError): FxscaleError {
  return new FxscaleError(code, message);
}
