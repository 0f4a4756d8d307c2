import type { AutoscalerMetric, HorizontalPodAutoscaler } from '../planners/autoscaling/object.ts';
import type { Inputs, Plan } from '../planners/types.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { counted, declaredFigure, saturationNames } from './resource-words.ts';
import { confidenceSteps } from './service-words.ts';
import { metricReason } from './trial-rows.ts';

/** A labelled statement about the plan. */
export type Statement = { label: string; text: string };

/** The answer: what to run, why so much, what gives way next, and how sure that is. */
export function answer(plan: Plan): Statement[] {
  return statements([
    ['Run', service(plan)],
    ['Database', database(plan)],
    ['Why', replicas(plan)],
    ['Breaks next', bottleneck(plan)],
    ['How sure', sure(plan)],
  ]);
}

/** What was asked, and what the answer rests on. */
export function grounds(plan: Plan): Statement[] {
  return statements([
    ['Planned for', asked(plan)],
    ['Based on', basis(plan)],
    ['Settings', settings(plan)],
    ['Autoscaling', autoscaling(plan)],
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

/** What nobody wrote on the command line. */
function settings({ inputs: { from = {} } }: Plan): string | undefined {
  const files = Object.entries(from).flatMap(([name, where]) =>
    where === 'flag' ? [] : [{ name, file: where.replace(/:\d+:\d+$/, '') }],
  );
  if (files.length === 0) return undefined;
  return `${files.map(({ name }) => name).join(', ')} from ${[...new Set(files.map(({ file }) => file))].join(', ')}`;
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

function replicas({ replicas, inputs, load }: Plan): string | undefined {
  if (replicas === null || load === null) return undefined;
  const { p50, by, byCpu, byMemory, regions, basis } = replicas;
  const likely = p50 === replicas.needed ? '' : ` (most likely ${p50})`;
  const needed = `a peak of ${formatRate(load.peak)} takes ${replicas.needed}${likely}`;
  const spare = basis === 'measured' || regions !== null ? `, and ${survives(inputs)}` : '';
  const each = regions === null ? '' : ` (${regions.perRegion} in each of ${regions.count} regions)`;
  const decides = {
    cpu: `CPU decides, memory alone would take ${byMemory}`,
    memory: `memory decides, CPU alone would take ${byCpu}`,
    latency: `the latency decides, CPU alone would take ${byCpu}`,
    tested: `the tested load decides, CPU alone would take ${byCpu}`,
    minimum: `the minimum decides, CPU alone would take ${byCpu} and memory ${byMemory}`,
  }[by];
  return `${needed}${spare}${each}; ${decides}`;
}

/** The spread over the worlds, and what it rests on. */
function sure(plan: Plan): string | undefined {
  const { replicas, inputs } = plan;
  if (replicas === null) return undefined;
  const { p5, p95 } = replicas;
  if (plan.basis === 'declared' && p5 === p95)
    return 'as far as the declared figures are: nothing was measured';
  const range =
    p5 === p95 ? `${p5} in nearly every world` : `the peak takes ${p5} to ${p95} in nine of ten worlds`;
  const steps = confidenceSteps(replicas, inputs.confidence);
  return `enough with ${formatPercent(inputs.confidence)} confidence: ${range}${steps === undefined ? '' : `; ${steps}`}`;
}

function autoscaling({ hpa, autoscaling }: Plan): string | undefined {
  if (hpa === null) return undefined;
  const { minReplicas, maxReplicas, behavior } = hpa.spec;
  const { scaleUp, scaleDown } = behavior;
  return [
    `${minReplicas} to ${maxReplicas} pods at ${target(hpa)}`,
    `up ${after(scaleUp)} by ${policies(scaleUp)}`,
    `down ${after(scaleDown)} by ${policies(scaleDown)}`,
    ...(autoscaling === null ? [] : [metricReason(autoscaling)]),
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
