import type { AutoscalerMetric, HorizontalPodAutoscaler } from '../planners/autoscaler-object.ts';
import type { Inputs, Plan, Saturation } from '../planners/types.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted, declaredFigure } from './resource-words.ts';
import { confidenceSteps } from './service-words.ts';

/** A labelled statement about the plan. */
export type Statement = { label: string; text: string };

/** The answer first: what to run, for what, and what that rests on. */
export function answer(plan: Plan): Statement[] {
  return statements([
    ['Service', service(plan)],
    ['Database', database(plan)],
    ['For', asked(plan)],
    ['Based on', basis(plan)],
  ]);
}

/** What scaling does, and what gives way first. */
export function consequences(plan: Plan): Statement[] {
  return statements([
    ['Replicas', replicas(plan)],
    ['Autoscaling', autoscaling(plan)],
    ['Binds first', bottleneck(plan)],
  ]);
}

function statements(pairs: [label: string, text: string | undefined][]): Statement[] {
  return pairs.flatMap(([label, text]) => (text === undefined ? [] : [{ label, text }]));
}

function service({ replicas, resources, hpa }: Plan): string | undefined {
  if (replicas === null || resources === null) return undefined;
  const { cpu, memory } = resources.requests;
  const run = `${counted(replicas.recommended, 'replica')} of ${cpu} CPU and ${memory} memory`;
  if (hpa === null) return run;
  const { minReplicas, maxReplicas } = hpa.spec;
  return `${run}, scaled from ${minReplicas} to ${maxReplicas} at ${target(hpa)}`;
}

function database({ database, storage, iops, connections }: Plan): string | undefined {
  const parts = [
    database === null ? [] : `${counted(database.recommended, 'core')}`,
    storage === null ? [] : `${formatBytes(storage.recommended)} of storage`,
    iops === null
      ? []
      : `${round(iops.recommended)} IOPS${iops.volume === null ? '' : ` (${iops.volume.name})`}`,
    connections === null ? [] : `${round(connections.recommended)} connections`,
  ].flat();
  return parts.length === 0 ? undefined : parts.join(', ');
}

function asked({ inputs, load, replicas }: Plan): string | undefined {
  if (load === null || inputs.peak === null) return undefined;
  const { rate } = inputs.peak;
  const parts = [
    `a peak of ${declaredFigure(rate, formatRate)}${inputs.peak.basis === 'measured' ? ' as in the runs' : ''}`,
  ];
  if (inputs.growth !== 0) {
    const growth = `${declaredFigure(inputs.growth, formatPercent)} a year for ${counted(inputs.horizonMonths, 'month')}`;
    parts.push(`${formatRate(load.peak)} after growth by ${growth}`);
  }
  for (const { name, multiplier, rise } of inputs.events) {
    parts.push(`${name} ×${round(multiplier)} within ${formatSeconds(rise)}`);
  }
  if (load.withEvents !== load.peak) parts.push(`${formatRate(load.withEvents)} at most`);
  parts.push(...inputs.slos.map(slo));
  // The rule of thumb for declared figures has a buffer, and no place for a lost replica.
  if (replicas?.basis === 'measured') parts.push(survives(inputs));
  return parts.join('; ');
}

function slo({ class: name, quantile, seconds }: Inputs['slos'][number]): string {
  return `${name === undefined ? '' : `${name} `}p${round(quantile * 100)} within ${formatSeconds(seconds)}`;
}

function survives({ availability, zones, regions, failoverThreshold }: Inputs): string {
  if (availability === 'replica') return 'one replica may fail';
  if (availability === 'zone') return `one of ${zones} zones may fail`;
  return `one of ${regions} regions may fail, the others at ${formatPercent(failoverThreshold)} of their CPU at most`;
}

function basis({ basis, inputs, observed }: Plan): string {
  if (basis === 'declared' || observed === null) return 'declared figures only: nothing was measured';
  const scripts = [...new Set(inputs.runs.map((run) => run.script.replace(/@[0-9a-f]+$/, '')))];
  const seconds = inputs.runs.reduce((sum, run) => sum + run.seconds, 0);
  const what = inputs.runs.length === 1 ? 'a run' : `${inputs.runs.length} runs`;
  const size = observed.replicaCpu === null ? '' : ` of ${round(observed.replicaCpu)} cores`;
  const where = `up to ${formatRate(observed.testedRate)} on ${counted(observed.replicas, 'replica')}${size}`;
  const rest = basis === 'mixed' ? '; what was not measured is declared' : '';
  return `${what} of ${scripts.join(', ')}: ${formatSeconds(Math.round(seconds))}, ${where}${rest}`;
}

function replicas({ replicas, inputs }: Plan): string | undefined {
  if (replicas === null) return undefined;
  const { p5, p50, p95, recommended, by, byCpu, byMemory, regions, basis } = replicas;
  const needed = p5 === p95 ? `the peak needs ${p50}` : `the peak needs ${p5} to ${p95}, most likely ${p50}`;
  const spare = basis === 'measured' || regions !== null ? `, and ${survives(inputs)}` : '';
  const each = regions === null ? '' : ` (${regions.perRegion} in each region)`;
  const decides = {
    cpu: `CPU decides, memory alone would take ${byMemory}`,
    memory: `memory decides, CPU alone would take ${byCpu}`,
    latency: `the latency decides, CPU alone would take ${byCpu}`,
    tested: `the tested load decides, CPU alone would take ${byCpu}`,
    minimum: `the minimum decides, CPU alone would take ${byCpu} and memory ${byMemory}`,
  }[by];
  const steps = confidenceSteps(replicas, inputs.confidence);
  const surer = steps === undefined ? '' : `. At ${formatPercent(inputs.confidence)} confidence; ${steps}`;
  return `${recommended}${each}: ${needed}${spare}; ${decides}${surer}`;
}

function autoscaling({ hpa }: Plan): string | undefined {
  if (hpa === null) return undefined;
  const { minReplicas, maxReplicas, behavior } = hpa.spec;
  const { scaleUp, scaleDown } = behavior;
  return [
    `${minReplicas} to ${maxReplicas} pods at ${target(hpa)}`,
    `up ${after(scaleUp)} by ${policies(scaleUp)}`,
    `down ${after(scaleDown)} by ${policies(scaleDown)}`,
  ].join('; ');
}

type Rules = HorizontalPodAutoscaler['spec']['behavior']['scaleUp'];

function policies({ selectPolicy, policies }: Rules): string {
  if (selectPolicy === 'Disabled') return 'nothing';
  const amounts = policies.map(({ type, value, periodSeconds }) => {
    const amount = type === 'Percent' ? `${value}%` : counted(value, 'pod');
    return `${amount} every ${formatSeconds(periodSeconds)}`;
  });
  if (amounts.length < 2) return amounts.join('');
  return `the ${selectPolicy === 'Max' ? 'larger' : 'smaller'} of ${amounts.join(' and ')}`;
}

function after({ stabilizationWindowSeconds: seconds }: Rules): string {
  return seconds === 0 ? 'at once' : `after ${formatSeconds(seconds)}`;
}

/** What the autoscaler keeps: of the CPU request, or of another metric by the pod. */
function target({ spec }: HorizontalPodAutoscaler): string {
  return spec.metrics.map(metricTarget).join(' and ');
}

function metricTarget(metric: AutoscalerMetric): string {
  if (metric.type === 'Resource') {
    return `${formatPercent(metric.resource.target.averageUtilization / 100)} CPU`;
  }
  const { metric: named, target } = metric.type === 'Pods' ? metric.pods : metric.external;
  return `${target.averageValue} ${named.name} a pod`;
}

const saturationNames: Record<Saturation['resource'], string> = {
  platformCpu: 'service CPU',
  platformMemory: 'service memory',
  databaseCpu: 'database CPU',
  connections: 'database connections',
  iops: 'IOPS',
  throughput: 'disk throughput',
};

function bottleneck({ bottleneck, saturations, load }: Plan): string | undefined {
  if (bottleneck === null) return undefined;
  const { resource, atRate } = bottleneck;
  const planned = load === null ? undefined : formatRate(load.withEvents);
  const margin = load === null ? 0 : atRate / load.withEvents;
  const share = margin < 1 ? `, below the planned ${planned}` : `, ${round(margin)}× the planned ${planned}`;
  const next = saturations.filter((each) => each.resource !== resource).slice(0, 3);
  const then = next.map((each) => `${saturationNames[each.resource]} at ${formatRate(each.atRate)}`);
  return `${saturationNames[resource]} at ${formatRate(atRate)}${load === null ? '' : share}${then.length === 0 ? '' : `; then ${then.join(', ')}`}`;
}
