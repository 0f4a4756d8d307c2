import type { AutoscalingPlan, Trial } from '../planners/autoscaling/choice.ts';
import type { Plan } from '../planners/types.ts';
import { formatSeconds, round } from '../units.ts';
import { counted } from './resource-words.ts';

/** Autoscalers side by side in the same traffic: what each is, how long the SLO was not kept, hours of pods. */
export type TrialTable = { title: string; head: string[]; rows: string[][] };

/** How the autoscaler of the plan did in the traffic, and what it was chosen over; undefined when nothing was simulated. */
export function trialTable({ autoscaling, inputs }: Plan): TrialTable | undefined {
  if (autoscaling === null) return undefined;
  const { traffic, budgetSeconds, metric, chosen, analytic, document, otherMetric, floor } = autoscaling;
  const broken = inputs.slos.length === 0 ? 'Queue too long' : 'Outside the SLO';
  const row = (name: string, { violatedSeconds, podHours }: Trial) => [
    name,
    formatSeconds(violatedSeconds),
    round(podHours),
  ];
  const lead = floor === null ? '' : formatSeconds(floor.lead);
  return {
    title: `${counted(traffic.days, 'day')} of ${traffic.name}`,
    head: [`${broken} (budget ${formatSeconds(budgetSeconds)})`, 'Pod-hours'],
    rows: [
      row('this plan', chosen),
      ...(floor === null ? [] : [row(`with ${floor.replicas} pods from ${lead} before events`, floor.trial)]),
      row(metric === 'cpu' ? 'on requests per pod, with an adapter' : 'on CPU', otherMetric),
      row('by formula alone', analytic),
      row("the platform document's HPA", document),
    ],
  };
}

/** Why the autoscaler watches what it watches. */
export function metricReason({ reason }: AutoscalingPlan): string {
  switch (reason) {
    case 'cpu-enough':
      return 'on CPU: requests per pod would save too little for the adapter that they need';
    case 'rate-keeps':
      return 'on requests per pod: CPU does not keep the SLO';
    case 'rate-cheaper':
      return 'on requests per pod: CPU needs more pods for the same';
  }
}
