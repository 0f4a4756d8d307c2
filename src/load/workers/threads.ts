import type { FxscaleError } from '../../errors.ts';
import { Flow } from '../outputs/flow.ts';
import type { SampleChunk } from '../outputs/samples.ts';
import { countsMemory } from './counts.ts';
import type { Configuration, Inspection, Tick, WorkerStart } from './messages.ts';
import type { Surroundings } from './part.ts';
import { Thread } from './thread.ts';

/** What a worker is told besides its own place. */
export type Common = Omit<Configuration, 'worker' | 'workers' | 'counts' | 'flows'>;

/** Who hears of what scripts say; `written` is to be called when a chunk of samples needs no memory any more. */
export type RunListener = Omit<Surroundings, 'samples'> & {
  samples(output: number, chunk: SampleChunk, written: () => void): void;
};

/** How long a worker may take to end after it was told to, before it is ended: it must be in a loop of its own. */
const PATIENCE_MS = 3000;

/** The worker threads of one run. The first also runs what VU 0 does. */
export class Threads {
  readonly #start: WorkerStart;
  readonly #listener: RunListener;
  readonly #all: Thread[] = [];
  readonly #stopFlag: Int32Array;
  readonly #flows = new Map<Thread, Flow[]>();
  readonly #hurries = new Set<() => void>();
  #common: Common | undefined;
  #counts = countsMemory(1);
  #stopped = false;
  #tick: (thread: Thread, tick: Tick) => void = () => undefined;

  constructor(start: Omit<WorkerStart, 'stopFlag'>, listener: RunListener) {
    const stopFlag = new SharedArrayBuffer(4);
    this.#stopFlag = new Int32Array(stopFlag);
    this.#start = { ...start, stopFlag };
    this.#listener = listener;
  }

  get all(): readonly Thread[] {
    return this.#all;
  }

  get counts(): SharedArrayBuffer {
    return this.#counts;
  }

  inspect(): Promise<Inspection> {
    return this.#add().ask('inspect', null);
  }

  /** Has `workers` threads make their virtual users. Throws SCRIPT when the script fails in one of them. */
  async configure(common: Common, workers: number): Promise<void> {
    this.#common = common;
    this.#counts = countsMemory(workers);
    while (this.#all.length < workers) this.#add();
    await Promise.all(this.#all.map((thread, worker) => this.#configure(thread, worker, common)));
  }

  #configure(thread: Thread, worker: number, common: Common): Promise<null> {
    const flows = common.outputs.map(() => new Flow());
    this.#flows.set(thread, flows);
    return thread.ask('configure', {
      ...common,
      worker,
      workers: this.#all.length,
      counts: this.#counts,
      flows: flows.map(({ buffer }) => buffer),
    });
  }

  /** The thread with VU 0, made anew (without scenarios) when it had to be ended. */
  async first(): Promise<Thread> {
    const [known] = this.#all;
    if (known !== undefined && !known.gone) return known;
    const thread = this.#make();
    this.#all[0] = thread;
    if (this.#common !== undefined) {
      const options = { ...this.#common.options, scenarios: [] };
      await this.#configure(thread, 0, { ...this.#common, options });
    }
    return thread;
  }

  /**
   * Runs the load in every thread, to its end. A thread that is still in an iteration of its own `seconds` after the
   * start, or some time after a stop, is ended.
   */
  async load(
    data: string | undefined,
    seconds: number,
    listener: { tick(thread: Thread, tick: Tick): void; ended(thread: Thread): void },
  ): Promise<void> {
    this.#tick = listener.tick;
    // Several threads need a moment to hear of it.
    const at = process.hrtime.bigint() + (this.#all.length > 1 ? 20_000_000n : 0n);
    await Promise.all(
      this.#all.map(async (thread) => {
        const loading = thread.ask('load', { at, data });
        await this.#within(thread, seconds * 1000 + PATIENCE_MS, loading);
        listener.ended(thread);
      }),
    );
  }

  /** Waits for `work` of `thread`, which is ended when it takes longer than that or does not heed a stop. */
  async #within(thread: Thread, milliseconds: number, work: Promise<unknown>): Promise<void> {
    const stuck = new Stuck();
    let timer = setTimeout(() => void thread.end(stuck), Math.min(2 ** 31 - 1, milliseconds));
    const hurry = () => {
      clearTimeout(timer);
      timer = setTimeout(() => void thread.end(stuck), PATIENCE_MS);
    };
    this.#hurries.add(hurry);
    if (this.#stopped) hurry();
    try {
      await work;
    } catch (error) {
      if (error !== stuck) throw error;
    } finally {
      clearTimeout(timer);
      this.#hurries.delete(hurry);
    }
  }

  /** `setup` or `teardown` of VU 0; throws what they throw, and `late` when the thread is stuck in one of them. */
  async call<T>(
    ask: (thread: Thread) => Promise<T>,
    seconds: number,
    late: FxscaleError,
  ): Promise<T | undefined> {
    const thread = await this.first();
    const asked = ask(thread);
    await this.#within(thread, seconds * 1000 + PATIENCE_MS, asked);
    if (!thread.gone) return await asked;
    if (this.#stopped) return undefined;
    throw late;
  }

  /** Has iterations interrupted and no more started, in all threads. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    Atomics.store(this.#stopFlag, 0, 1);
    for (const thread of this.#all) thread.stop();
    for (const hurry of this.#hurries) hurry();
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.end()));
  }

  #add(): Thread {
    const thread = this.#make();
    this.#all.push(thread);
    return thread;
  }

  #make(): Thread {
    return new Thread(this.#start, {
      ...this.#listener,
      tick: (thread, tick) => this.#tick(thread, tick),
      samples: (thread, output, chunk) => {
        const flow = this.#flows.get(thread)?.[output];
        this.#listener.samples(output, chunk, () => flow?.written(chunk.text.length));
      },
    });
  }
}

/** The reason for which a thread was ended that did not end by itself. */
class Stuck extends Error {
  constructor() {
    super('the worker thread is stuck in the script');
  }
}
