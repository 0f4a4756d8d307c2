import type { ServiceFinding, StaleFinding } from '../planners/service/findings.ts';
import type { ReplicaPlan } from '../planners/service/plan.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted } from './resource-words.ts';

/** What was found about the service tier, in words. */
export function describeService({ code, args }: ServiceFinding | StaleFinding): string {
  switch (code) {
    case 'SCRIPTS_DIFFER':
      return `The runs are of ${round(args.versions)} versions of ${args.script}: its classes may not mean the same in all of them. Plan from runs of one version.`;
    case 'MACHINES_DIFFER':
      return `The runs were made on different machines (${args.machines.join('; ')}), and a request may cost another time of CPU on each. Plan from runs on one kind, the one that production has.`;
    case 'LATENCY_NOT_FITTED':
      return `How the ${percentile(args.quantile)} of ${args.class} grows with the load was not fitted: ${missing[args.missing]}. It is taken to grow as in processor sharing from the lowest that was seen, without an interval.`;
    case 'REPLICAS_WITHIN_TEST':
      return `One replica was tested to ${formatRate(args.tested)}, so none is planned to carry more than ${formatRate(args.rate)}: that takes ${counted(args.replicas, 'replica')}, where by the fit ${round(args.otherwise)} would do. Load one replica nearer to its limit, or allow it untested with --extrapolate.`;
    case 'ONE_QUEUE_ASSUMED':
      return `${counted(args.servers, 'request')} at once on ${counted(args.replicas, 'replica')} are enough if each waits for the first that is free. A balancer that sends requests anywhere makes a queue of every replica, and then ${round(args.random)} are needed: choose the least loaded one.`;
    case 'CPU_LIMIT_COSTS':
      return `A CPU limit of ${counted(args.limit, 'core')} would stop a replica in ${formatPercent(args.stoppedShare)} of its periods of 100ms at the peak, and make its ${percentile(args.quantile)} about ${formatSeconds(args.limited)} instead of ${formatSeconds(args.unlimited)}, more than it is worth: ${args.instead === null ? 'the plan has no limit, and the request alone is guaranteed' : `the limit is the ${counted(args.instead, 'core')} that its one thread cannot exceed`}.`;
    case 'OOM_RISK':
      return `With a probability of ${formatPercent(args.share)} a replica comes to need more than the memory limit of ${formatBytes(args.limit)}, and is killed. Raise --replica-memory.`;
    case 'SURGE_EXCEEDS_MAX_CONNECTIONS':
      return `A rolling update starts ${counted(args.usual, 'replica')} before it stops as many, but with all replicas running the ${round(args.max)} connections of the database have room for the pools of ${round(args.room)} more. ${args.room === 0 ? 'Even one at a time must wait for the load to fall' : `The surge is ${args.surge}, and the update takes longer`}.`;
  }
}

const missing = {
  few: 'there were too few requests at too few loads',
  narrow: 'all of them were at about the same load',
  utilisation: 'what the service could use of the CPU is not known',
};

function percentile(quantile: number): string {
  return `p${round(quantile * 100)}`;
}

/** What more or less confidence takes: `at 80%: 12, at 99%: 2 more`, or nothing where it takes the same. */
export function confidenceSteps({ steps, recommended }: ReplicaPlan, confidence: number): string | undefined {
  const at = steps.findIndex((step) => step.confidence === confidence);
  const less = steps.slice(0, Math.max(0, at)).findLast(({ replicas }) => replicas < recommended);
  const more = steps.slice(at + 1).find(({ replicas }) => replicas > recommended);
  const parts = [
    ...(less
      ? [`${formatPercent(less.confidence)} would take ${round(recommended - less.replicas)} fewer`]
      : []),
    ...(more
      ? [`${formatPercent(more.confidence)} would take ${round(more.replicas - recommended)} more`]
      : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
