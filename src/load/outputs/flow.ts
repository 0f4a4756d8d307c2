/** Bytes that a worker may be ahead of whoever writes them. */
const AHEAD = 16 << 20;

/**
 * Keeps a worker from making samples faster than they can be written: it waits, blocked, once it is too many bytes
 * ahead. Load slows down then and the schedule lag says so, but memory does not grow. `buffer` is shared by both
 * sides, each with a Flow of its own; one buffer belongs to one worker.
 */
export class Flow {
  readonly #ahead: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#ahead = new Int32Array(buffer);
  }

  get buffer(): SharedArrayBuffer {
    return this.#ahead.buffer as SharedArrayBuffer;
  }

  /** The worker: `bytes` are handed over. Blocks while there are too many; never on the main thread. */
  sent(bytes: number): void {
    let ahead = Atomics.add(this.#ahead, 0, bytes) + bytes;
    while (ahead > AHEAD) {
      Atomics.wait(this.#ahead, 0, ahead);
      ahead = Atomics.load(this.#ahead, 0);
    }
  }

  /** The other side: `bytes` are written, or given up. */
  written(bytes: number): void {
    Atomics.sub(this.#ahead, 0, bytes);
    Atomics.notify(this.#ahead, 0);
  }
}
