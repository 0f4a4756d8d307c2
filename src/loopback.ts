import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { FxscaleError } from './errors.ts';

// Files of the package are found from top-level files like this one: bundled or not, those are two folders deep.
const program = path.join(import.meta.dirname, '..', 'src', 'doctor', 'loopback-server.js');

type Usage = { cpu: number; at: number };

/** Servers on this machine that do as little as possible, each a process of its own. */
export class LoopbackServers {
  readonly #children: readonly ChildProcess[];
  readonly urls: readonly string[];
  #last: readonly (Usage | undefined)[] = [];

  private constructor(children: readonly ChildProcess[], urls: readonly string[]) {
    this.#children = children;
    this.urls = urls;
  }

  /** Starts `count` of them. Throws INTERNAL when one does not start. */
  static async start(count: number): Promise<LoopbackServers> {
    const children = Array.from({ length: count }, () =>
      // What a Node is told to load in this process is not for its servers.
      fork(program, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] }),
    );
    try {
      const told = await Promise.all(children.map((child) => answerOf<{ url: string }>(child)));
      return new LoopbackServers(
        children,
        told.map(({ url }) => url),
      );
    } catch (error) {
      for (const child of children) child.kill('SIGKILL');
      throw error;
    }
  }

  /** The share of a core that the busiest used since the last call; 0 in the first. */
  async busiest(): Promise<number> {
    const now = await Promise.all(
      this.#children.map((child) => {
        child.send('usage');
        return answerOf<Usage>(child);
      }),
    );
    const shares = now.map(({ cpu, at }, i) => {
      const last = this.#last[i];
      return last === undefined || at <= last.at ? 0 : (cpu - last.cpu) / (at - last.at);
    });
    this.#last = now;
    return Math.max(...shares);
  }

  /** Ends them, and waits until they are gone. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }
}

/** The next thing that `child` tells. Throws INTERNAL when it ends without. */
function answerOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const forget = () => {
      child.off('message', told);
      child.off('error', ended);
      child.off('exit', ended);
    };
    const told = (message: unknown) => {
      forget();
      resolve(message as T);
    };
    const ended = () => {
      forget();
      reject(new FxscaleError('INTERNAL', 'the loopback server of the calibration ended too early'));
    };
    child.on('message', told);
    child.on('error', ended);
    child.on('exit', ended);
  });
}
