import { Worker } from 'node:worker_threads';
import { messageOf } from './errors.ts';
import type { World } from './models/world/simulate.ts';
import { improvements, joined, neighboursOf } from './planners/autoscaling/refine.ts';
import { type Candidate, hardestHours, type Score } from './planners/autoscaling/tune.ts';
import { choose, combined, shortlist, worthAll } from './planners/autoscaling/tune-choice.ts';
import type { TuneAnswer, TuneTask, TuneWorkerData } from './tune-worker.ts';

export type TuneProgress = { done: number; of: number; stage: string; best: Score | undefined };

export type TuneSettings = {
  worlds: readonly World[];
  release: number;
  /** Seconds in which the SLO may be broken, of the whole time. */
  budget: number;
  threads: number;
  /** How many of the best go on to the next stage, and how many neighbours of the chosen one are tried. */
  cut?: Cut;
  signal: AbortSignal;
  progress(progress: TuneProgress): void;
};

export type Cut = { wholeTime: number; allSeeds: number; neighbours: number };

export type Tuned = {
  /** Of candidates that were tried over the whole time, with as many seeds as it came to. */
  scores: Score[];
  chosen: Score | undefined;
  tried: number;
  /** Seconds that the scores are of: half a day when it was interrupted before the whole time was tried. */
  time: number;
  interrupted: boolean;
};

/** What `bench/tune-finalists.mjs` finds to be enough. */
const usualCut: Cut = { wholeTime: 40, allSeeds: 8, neighbours: 24 };
/** Of the neighbours, those that are better with the first seed and go on to the others. */
const BETTER = 4;
/** There a candidate is given up when the SLO is broken for this share of it. */
const HOPELESS = 0.1;

/**
 * Tries every candidate in the half day with the highest load, the best of them over the whole time, and the best of those
 * on every seed; candidates with a name take part in all of it. Then what is a move away from the chosen one is tried,
 * and the moves that gain together. An interruption ends it with what is known.
 */
export async function tune(candidates: readonly Candidate[], settings: TuneSettings): Promise<Tuned> {
  const { worlds, budget, signal, progress, cut = usualCut } = settings;
  const [first, ...others] = worlds as [World, ...World[]];
  const hardest = hardestHours(first);
  const crew = new Crew([hardest, ...worlds], settings);
  let found: Score | undefined;
  const run = async (stage: string, tasks: readonly TuneTask[], whole = false): Promise<Score[]> => {
    const done: Score[] = [];
    return crew.run(tasks, (score) => {
      done.push(score);
      if (whole) found = choose(done, budget);
      progress({ done: done.length, of: tasks.length, stage, best: found });
    });
  };
  const wholeTime = (stage: string, of: readonly Candidate[], whole = false) =>
    run(
      stage,
      of.map((candidate) => ({ candidate, world: 1, giveUpAfter: null })),
      whole,
    );
  /** The means over all seeds of what has the first seed's score. */
  const onAllSeeds = async (stage: string, scores: readonly Score[]): Promise<Score[]> => {
    const tasks = scores.flatMap(({ candidate }) =>
      others.map((_, i) => ({ candidate, world: i + 2, giveUpAfter: null })),
    );
    const more = await run(stage, tasks);
    return scores.map((score) =>
      more.filter(({ candidate }) => candidate === score.candidate).reduce(combined, score),
    );
  };
  /** Those of a few candidates that gain on `base`, which has all seeds; its first seed's score is `baseFirst`. */
  const gains = async (of: readonly Candidate[], base: Score, baseFirst: Score): Promise<Score[]> => {
    const tried = await wholeTime('around the best', of);
    const hopeful = improvements(baseFirst, tried, budget).slice(0, BETTER);
    return improvements(base, await onAllSeeds('around the best', hopeful), budget);
  };
  try {
    const hardestBudget = (budget * lengthOf(hardest)) / lengthOf(first);
    const all = cut.wholeTime >= candidates.length;
    const giveUpAfter = all ? null : Math.max(HOPELESS * lengthOf(hardest), 10 * hardestBudget);
    const screened = await run(
      'the hardest half day',
      candidates.map((candidate) => ({
        candidate,
        world: 0,
        giveUpAfter: candidate.named ? null : giveUpAfter,
      })),
    );
    const named = candidates.filter((candidate) => candidate.named !== null);
    const hopeful = screened.filter(({ abandoned, candidate }) => !abandoned && candidate.named === null);
    const days = lengthOf(first) / 86_400;
    const { layers, cheapest } = worthAll(hopeful, { budget, days }, cut.wholeTime);
    const second = [...layers, ...cheapest].map(({ candidate }) => candidate);
    const whole = await wholeTime('the whole time', [...named, ...second], true);
    let tried = screened.length;
    const ended = () => ({ tried, interrupted: signal.aborted });
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
    const byLayers = drawn.filter(({ candidate }) => layers.some((each) => each.candidate === candidate));
    const finalists = new Set([
      ...whole.filter(({ candidate }) => candidate.named !== null),
      ...shortlist(byLayers, budget, cut.allSeeds),
      ...shortlist(drawn, budget, cut.allSeeds),
    ]);
    const scores = await onAllSeeds('other seeds', [...finalists]);
    const chosen = choose(scores, budget);
    found = chosen;
    const start = whole.find(({ candidate }) => candidate === chosen?.candidate);
    if (chosen !== undefined && start !== undefined && cut.neighbours > 0) {
      const places = first.partitions ?? Number.POSITIVE_INFINITY;
      const around = neighboursOf(chosen.candidate, places).slice(0, Math.ceil((3 * cut.neighbours) / 4));
      const better = await gains(around, chosen, start);
      const together = joined(
        chosen.candidate,
        better.map(({ candidate }) => candidate),
      ).slice(0, cut.neighbours - around.length);
      scores.push(...better, ...(await gains(together, chosen, start)));
      tried += around.length + together.length;
    }
    return { ...ended(), scores, chosen: choose(scores, budget), time: lengthOf(first) };
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

  /**
   * Ends when all tasks are done, or at the next answer after an interruption. The scores are in the order of the tasks,
   * whichever thread was first, so that the same is chosen however many there are.
   */
  async run(tasks: readonly TuneTask[], each: (score: Score) => void): Promise<Score[]> {
    let next = 0;
    const scores: (Score | undefined)[] = tasks.map(() => undefined);
    await Promise.all(
      this.#workers.map(async (worker) => {
        while (next < tasks.length && !this.#signal.aborted) {
          const index = next++;
          const score = await ask(worker, tasks[index] as TuneTask);
          scores[index] = score;
          each(score);
        }
      }),
    );
    return scores.filter((score) => score !== undefined);
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
