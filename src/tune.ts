import { Worker } from 'node:worker_threads';
import { messageOf } from './errors.ts';
import type { World } from './models/world/simulate.ts';
import {
  bestOf,
  type Candidate,
  choose,
  combined,
  hardestHours,
  type Score,
  shortlist,
} from './planners/tune.ts';
import type { TuneAnswer, TuneTask, TuneWorkerData } from './tune-worker.ts';

export type TuneProgress = { done: number; of: number; stage: string; best: Score | undefined };

export type TuneSettings = {
  worlds: readonly World[];
  release: number;
  /** Seconds in which the SLO may be broken, of the whole time. */
  budget: number;
  threads: number;
  signal: AbortSignal;
  progress(progress: TuneProgress): void;
};

export type Tuned = {
  /** Of candidates that were tried over the whole time, with as many seeds as it came to. */
  scores: Score[];
  chosen: Score | undefined;
  tried: number;
  /** Seconds that the scores are of: half a day when it was interrupted before the whole time was tried. */
  time: number;
  interrupted: boolean;
};

/** After the half day with the highest load this many go on to the whole time, and after that to the other seeds. */
const WHOLE_TIME = 40;
const ALL_SEEDS = 8;
/** There a candidate is given up when the SLO is broken for this share of it. */
const HOPELESS = 0.1;

/**
 * Tries every candidate in the half day with the highest load, the best of them over the whole time, and the best of those on every seed;
 * candidates with a name take part in all of it. An interruption ends it with what is known.
 */
export async function tune(candidates: readonly Candidate[], settings: TuneSettings): Promise<Tuned> {
  const { worlds, budget, signal, progress } = settings;
  const [first, ...others] = worlds as [World, ...World[]];
  const hardest = hardestHours(first);
  const crew = new Crew([hardest, ...worlds], settings);
  const run = async (stage: string, tasks: readonly TuneTask[], whole: boolean): Promise<Score[]> => {
    let best: Score | undefined;
    const scores: Score[] = [];
    await crew.run(tasks, (score) => {
      scores.push(score);
      if (whole) best = choose(scores, budget);
      progress({ done: scores.length, of: tasks.length, stage, best });
    });
    return scores;
  };
  try {
    const hardestBudget = (budget * lengthOf(hardest)) / lengthOf(first);
    const giveUpAfter = Math.max(HOPELESS * lengthOf(hardest), 10 * hardestBudget);
    const screened = await run(
      'the hardest half day',
      candidates.map((candidate) => ({
        candidate,
        world: 0,
        giveUpAfter: candidate.named ? null : giveUpAfter,
      })),
      false,
    );
    const named = candidates.filter((candidate) => candidate.named !== null);
    const hopeful = screened.filter(({ abandoned, candidate }) => !abandoned && candidate.named === null);
    const second = [...named, ...bestOf(hopeful, WHOLE_TIME).map(({ candidate }) => candidate)];
    const whole = await run(
      'the whole time',
      second.map((candidate) => ({ candidate, world: 1, giveUpAfter: null })),
      true,
    );
    const ended = () => ({ tried: screened.length, interrupted: signal.aborted });
    if (whole.length === 0) {
      const chosen = choose(screened, hardestBudget);
      return {
        ...ended(),
        scores: screened.filter(({ abandoned }) => !abandoned),
        chosen,
        time: lengthOf(hardest),
      };
    }
    const drawn = whole.filter(({ candidate }) => candidate.named === null);
    const finalists = [
      ...whole.filter(({ candidate }) => candidate.named !== null),
      ...shortlist(drawn, budget, ALL_SEEDS),
    ];
    const more = await run(
      'other seeds',
      finalists.flatMap(({ candidate }) =>
        others.map((_, i) => ({ candidate, world: i + 2, giveUpAfter: null })),
      ),
      false,
    );
    const scores = finalists.map((score) =>
      more
        .filter(({ candidate }) => JSON.stringify(candidate) === JSON.stringify(score.candidate))
        .reduce(combined, score),
    );
    return {
      ...ended(),
      scores,
      chosen: choose(scores, budget),
      time: lengthOf(first),
    };
  } finally {
    await crew.end();
  }
}

function lengthOf({ load }: World): number {
  return load.rates.length * load.seconds;
}

/** Threads that take one task after the other. */
class Crew {
  readonly #workers: Worker[];
  readonly #signal: AbortSignal;

  constructor(worlds: World[], { release, threads, signal }: TuneSettings) {
    const workerData: TuneWorkerData = { worlds, release };
    this.#signal = signal;
    this.#workers = Array.from(
      { length: threads },
      () => new Worker(new URL('./tune-worker.js', import.meta.url), { workerData }),
    );
  }

  /** Ends when all tasks are done, or at the next answer after an interruption. */
  async run(tasks: readonly TuneTask[], each: (score: Score) => void): Promise<void> {
    let next = 0;
    await Promise.all(
      this.#workers.map(async (worker) => {
        while (next < tasks.length && !this.#signal.aborted) {
          const task = tasks[next++] as TuneTask;
          each(await ask(worker, task));
        }
      }),
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, task: TuneTask): Promise<Score> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(new Error(messageOf(error), { cause: error }));
    worker.once('error', fail);
    worker.once('message', (answer: TuneAnswer) => {
      worker.off('error', fail);
      resolve({ ...answer, candidate: task.candidate });
    });
    worker.postMessage(task);
  });
}
