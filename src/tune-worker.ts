import { parentPort, workerData } from 'node:worker_threads';
import { controllerOf } from './models/hpa/controller.ts';
import { podsNeeded, simulate, type World } from './models/world/simulate.ts';
import type { Candidate, Score } from './planners/autoscaling/tune.ts';

export type TuneWorkerData = { worlds: World[]; release: number };

/** One candidate in the world with that index; given up after so many seconds of a broken SLO, or never. */
export type TuneTask = { candidate: Candidate; world: number; giveUpAfter: number | null };

export type TuneAnswer = Omit<Score, 'candidate'>;

const { worlds, release } = workerData as TuneWorkerData;
const needed = worlds.map(podsNeeded);

parentPort?.on('message', ({ candidate, world: index, giveUpAfter }: TuneTask) => {
  const { hpa, scaled, floors } = candidate;
  const limit = giveUpAfter ?? Number.POSITIVE_INFINITY;
  const world = worlds[index] as World;
  const controller = controllerOf(hpa, { release });
  const simulation = simulate(controller, world, { scaled, floors, giveUpAfter: limit }, needed[index]);
  const { violated, podHours, causes } = simulation;
  const answer: TuneAnswer = { violated, podHours, causes, seeds: 1, abandoned: violated > limit };
  parentPort?.postMessage(answer);
});
