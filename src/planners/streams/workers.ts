import { FxscaleError } from '../../errors.ts';
import { serversForAllenCunneenWait } from '../../models/queueing/ggc.ts';
import { round } from '../../units.ts';
import { ceilCount } from '../declared.ts';
import { grownIn } from '../load.ts';
import { withSpare } from '../service/replicas.ts';
import type { Basis } from '../types.ts';
import { type Draws, enoughAt, middleOf, spreadOf } from '../worlds.ts';
import { type JobFacts, jobFacts } from './job-facts.ts';
import { Assumptions, at, type Needed, neededIn, useIn } from './needed.ts';
import type { StreamPart, StreamRequirement } from './streams.ts';

export type QueuePlan = {
  queue: string;
  /** Per second at the top of the strongest event, and seconds of one. */
  jobs: Needed;
  seconds: number;
  /** Squared coefficient of variation of that time. */
  variability: number;
  /** Jobs worked on at once, so that 95 % of them wait no longer than the target. */
  slots: Needed;
  /** Waiting jobs for each worker process that an autoscaler aims at. */
  depthTarget: number;
  basis: Basis;
};

export type WorkersPlan = {
  queues: QueuePlan[];
  /** Seconds that a job may wait. */
  waitWithin: number;
  /** Jobs that a process works on at once, of each queue. */
  concurrency: number;
  /** Worker processes in the runs; null when only declared. */
  current: number | null;
  /** Processes for the wait and for their CPU; one more than needed, so that one may be lost. */
  recommended: number;
  by: 'wait' | 'cpu' | 'minimum';
  cpuPerJob: number | null;
  basis: Basis;
};

const WAIT_QUANTILE = 0.95;
const WAIT = 1;
const CONCURRENCY = 10;
/** Exponential, where nobody knows; arrivals are taken to be as random as a Poisson process. */
const VARIABILITY = 1;
const ARRIVALS = 1;
/** Share of the one core of a worker process that may be in use. */
const CPU_SHARE = 0.7;
const FEWEST = 2;
/** Jobs at once beyond which a unit was mistyped. */
const MOST = 1e6;
const DECLARED_QUEUE = 'jobs';

type Queue = { queue: string; jobs: Draws; seconds: Draws; variability: Draws; basis: Basis };

/** From what the workers' metrics showed, or from `--job-rate` and `--job-time`; without either there is no plan. */
export function planWorkers(requirement: StreamRequirement): StreamPart<WorkersPlan> {
  const { worlds, inputs, load, measurements } = requirement;
  const figures = inputs.declared;
  const { confidence } = inputs;
  const facts = load && measurements ? jobFacts(measurements) : undefined;
  const assumptions = new Assumptions(worlds);
  const queues = queuesIn(requirement, facts, assumptions);
  if (queues.length === 0) return { plan: null, capacities: [], findings: [] };
  const waitWithin = assumptions.value('--job-wait', figures.jobWait, WAIT, 'time');
  const concurrency = assumptions.value('--job-concurrency', figures.jobConcurrency, CONCURRENCY, 'count');
  const cpuPerJob = facts?.cpuPerJob ?? null;
  const plans = queues.map((queue) => planQueue(queue, { waitWithin, concurrency, cpuPerJob, confidence }));
  const work = queues[0]?.jobs.map((_, world) => queues.reduce((sum, { jobs }) => sum + at(jobs, world), 0));
  const counts = {
    wait: Math.max(...plans.map(({ slots }) => ceilCount(slots.enough / concurrency))),
    cpu: work && cpuPerJob !== null ? ceilCount((enoughAt(work, confidence) * cpuPerJob) / CPU_SHARE) : 0,
  };
  const needed = withSpare(Math.max(1, counts.wait, counts.cpu), inputs.availability, inputs.zones);
  const least = inputs.availability === 'replica' ? FEWEST : inputs.zones;
  const plan: WorkersPlan = {
    queues: plans,
    waitWithin,
    concurrency,
    current: facts?.workers ?? null,
    recommended: Math.max(least, needed),
    by: least > needed ? 'minimum' : counts.cpu > counts.wait ? 'cpu' : 'wait',
    cpuPerJob,
    basis: plans.every(({ basis }) => basis === 'measured') ? 'measured' : 'declared',
  };
  const { jobRate } = figures;
  const findings = assumptions.findings('Workers');
  if (facts && jobRate !== undefined && work) {
    const args = { flag: '--job-rate', declared: middleOf(jobRate), measured: spreadOf(work).p50 };
    findings.push({ code: 'MEASURED_WINS', severity: 'info', args });
  }
  return { plan, capacities: [], findings };
}

function queuesIn(
  { worlds, inputs, load }: StreamRequirement,
  facts: JobFacts | undefined,
  assumptions: Assumptions,
): Queue[] {
  const { jobRate, jobTime, jobVariability } = inputs.declared;
  const variability = () => assumptions.draws('--job-variability', jobVariability, VARIABILITY, 'count');
  if (facts !== undefined && load !== null) {
    return facts.queues.map(
      (queue): Queue => ({
        queue: queue.queue,
        jobs: useIn(worlds.cost(`jobs ${queue.queue}`, queue.jobs), load.withEvents),
        seconds: worlds.certain(queue.seconds),
        variability: queue.variability === null ? variability() : worlds.certain(queue.variability),
        basis: 'measured',
      }),
    );
  }
  if (jobRate === undefined || jobTime === undefined) return [];
  const { withEvents } = grownIn(worlds, inputs, worlds.declared('--job-rate', jobRate));
  const seconds = worlds.declared('--job-time', jobTime);
  return [
    { queue: DECLARED_QUEUE, jobs: withEvents, seconds, variability: variability(), basis: 'declared' },
  ];
}

function planQueue(
  queue: Queue,
  asked: { waitWithin: number; concurrency: number; cpuPerJob: number | null; confidence: number },
): QueuePlan {
  const { waitWithin, concurrency, cpuPerJob, confidence } = asked;
  const seconds = spreadOf(queue.seconds).p50;
  // What a process gets done in a second: by its slots, or by its one core.
  const done = Math.min(
    concurrency / seconds,
    cpuPerJob === null ? Number.POSITIVE_INFINITY : CPU_SHARE / cpuPerJob,
  );
  return {
    queue: queue.queue,
    jobs: neededIn(queue.jobs, confidence),
    seconds,
    variability: spreadOf(queue.variability).p50,
    slots: neededIn(slotsIn(queue, waitWithin), confidence),
    depthTarget: Math.max(1, wholeBelow(done * waitWithin)),
    basis: queue.basis,
  };
}

/** The greatest whole number that is not above `value`, but for rounding errors of a quotient. */
function wholeBelow(value: number): number {
  return Math.floor(value * (1 + 1e-12));
}

/**
 * Slots in every world, by the G/G/c of Allen and Cunneen. The worlds are taken in the order of their work, so that each
 * search begins where the last one ended.
 */
function slotsIn({ queue, jobs, seconds, variability }: Queue, waitWithin: number): Draws {
  const work = jobs.map((rate, world) => rate * at(seconds, world));
  const most = work.reduce((highest, each) => Math.max(highest, each), 0);
  if (most > MOST) {
    throw new FxscaleError(
      'REFUSED',
      `queue ${queue}: ${round(most)} jobs at once are more than can be planned; is the time of a job right?`,
    );
  }
  const order = [...work.keys()].sort((a, b) => at(work, a) - at(work, b));
  const slots = new Float64Array(work.length);
  let near = 1;
  for (const world of order) {
    const services = at(variability, world);
    near = serversForAllenCunneenWait(
      at(jobs, world),
      at(seconds, world),
      { arrivals: ARRIVALS, services },
      WAIT_QUANTILE,
      waitWithin,
      near,
    );
    slots[world] = near;
  }
  return slots;
}
