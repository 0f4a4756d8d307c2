import type { Demand, Plan, Resource } from '../planners/types.ts';
import { formatBytes, formatPercent, formatRate, formatSeconds, round } from '../units.ts';
import { hang } from './hang.ts';
import { counted, declaredFigure, perRequest } from './resource-words.ts';

/** One line of the arithmetic: what it is, how it comes about, and what it comes to. */
export type Step = { what: string; how: string; is: string };

/** What can be explained, with the steps from what was measured or declared to the figure. */
const subjects = { replicas, cpu, memory, iops, storage, connections, cost } satisfies Record<
  string,
  (plan: Plan) => Step[]
>;

export type Subject = keyof typeof subjects;
export const explainable = Object.keys(subjects) as Subject[];

/** The arithmetic of one figure of the plan, for a person, or that nothing is known of it. */
export function explain(plan: Plan, subject: Subject, width: number): string {
  const steps = subjects[subject](plan);
  if (steps.length === 0) return `Nothing in this plan tells of ${subject}.\n`;
  const label = Math.max(...steps.map(({ what }) => what.length)) + 2;
  const lines = steps.map(({ what, how, is }) => {
    return what.padEnd(label) + hang(how === '' ? is : `${how} = ${is}`, label, width);
  });
  return `${lines.join('\n')}\n`;
}

function step(what: string, how: string, is: string): Step {
  return { what, how, is };
}

/** The load at the end of the horizon. */
function loadSteps({ inputs, load }: Plan): Step[] {
  if (load === null || inputs.peak === null) return [];
  const stated = declaredFigure(inputs.peak.rate, formatRate);
  const source = {
    stated: 'as stated',
    users: 'from the users',
    runs: 'the highest tested',
    traffic: 'forecast from the record',
  }[inputs.peak.source];
  const grown =
    inputs.growth === 0
      ? []
      : [
          step(
            'peak at the end',
            `${stated} × (1 + ${declaredFigure(inputs.growth, formatPercent)}) ^ (${inputs.horizonMonths} / 12)`,
            formatRate(load.peak),
          ),
        ];
  return [step('peak now', '', `${stated} (${source})`), ...grown];
}

/** What a request of the planned mix uses: shares times demands. */
function demandStep(plan: Plan, resource: Resource, what: string): { steps: Step[]; value: number } {
  const { load, demand } = plan;
  const parts = Object.entries(load?.mix ?? {}).flatMap(([name, share]) => {
    const cost: Demand | undefined = demand[name]?.[resource];
    const value = cost?.value ?? cost?.together?.value;
    return value === undefined || share === 0 ? [] : [{ name, share, value }];
  });
  const value = parts.reduce((sum, part) => sum + part.share * part.value, 0);
  if (parts.length === 0) return { steps: [], value: 0 };
  const unit = perRequest[resource];
  const how = parts
    .map(({ name, share, value }) => `${formatPercent(share)} ${name} × ${unit(value)}`)
    .join(' + ');
  return { steps: [step(what, how, unit(value))], value };
}

function replicas(plan: Plan): Step[] {
  const { replicas, cpu, load, inputs, fits, demand } = plan;
  if (replicas === null || cpu === null || load === null) return [];
  const { value, steps } = demandStep(plan, 'platformCpu', 'CPU of a request');
  const idle = fits.platformCpu?.background.value ?? 0;
  const measured = Object.values(demand).some((each) => each.platformCpu?.basis === 'measured');
  const reserve = cpu.saturation / cpu.targetUtilisation;
  const spare = replicas.recommended - replicas.needed;
  return [
    ...loadSteps(plan),
    ...steps.map((each) => ({ ...each, is: `${each.is} (${measured ? 'measured' : 'declared'})` })),
    step(
      'CPU at the peak',
      `${formatRate(load.peak)} × ${formatSeconds(value)}${idle > 0 ? ` + ${counted(replicas.needed, 'replica')} × ${round(idle)} idle` : ''}`,
      `${round(cpu.atPeak)} cores, ${round(cpu.atPeakUpper)} with ${formatPercent(inputs.confidence)} confidence`,
    ),
    step(
      'most that latency allows',
      '',
      `${formatPercent(cpu.saturation)} of the requested CPU${inputs.slos.length === 0 ? ', where it is five times that of an idle replica' : ' at the SLO'}`,
    ),
    step(
      'planned utilisation',
      replicas.basis === 'declared'
        ? 'at most that, with the buffer of half as much again that declared figures have'
        : `${formatPercent(cpu.saturation)} / ${round(reserve)} for what the load may grow by before a pod helps`,
      formatPercent(cpu.targetUtilisation),
    ),
    step(
      'replicas by CPU',
      `CPU at the peak / (${round(cpu.request)} × ${formatPercent(cpu.targetUtilisation)}), in each of ${round(inputs.worlds)} worlds, rounded up`,
      `${replicas.byCpu}`,
    ),
    step('replicas by memory', '', `${replicas.byMemory}`),
    ...(replicas.byLatency === null ? [] : [step('replicas by queueing', '', `${replicas.byLatency}`)]),
    ...(replicas.byTested === null ? [] : [step('replicas by what was tested', '', `${replicas.byTested}`)]),
    step(
      'needed',
      'the largest of these',
      `${replicas.needed} (${replicas.p5} to ${replicas.p95} in nine of ten worlds)`,
    ),
    ...(spare > 0
      ? [step('with what may be lost', `${replicas.needed} + ${spare}`, `${replicas.recommended}`)]
      : []),
  ];
}

function cpu(plan: Plan): Step[] {
  const { cpu, resources, observed } = plan;
  if (cpu === null || resources === null) return [];
  const tested = observed?.replicaCpu ?? null;
  return [
    step('request', '', `${resources.requests.cpu}${tested === cpu.request ? ', as tested' : ''}`),
    step(
      'limit',
      '',
      resources.limits.cpu === undefined
        ? 'none: it would cost more latency than it is worth'
        : `${resources.limits.cpu}, for a start or a pause to be over sooner`,
    ),
    ...(cpu.throttling === null
      ? []
      : [
          step(
            `p${round(cpu.throttling.quantile * 100)} under a limit`,
            '',
            `${formatSeconds(cpu.throttling.limited)} at ${round(cpu.throttling.limit)} cores, ${formatSeconds(cpu.throttling.unlimited)} without; stopped in ${formatPercent(cpu.throttling.stoppedShare)} of the periods`,
          ),
        ]),
  ];
}

function memory(plan: Plan): Step[] {
  const { memory, resources } = plan;
  if (memory === null || resources === null) return [];
  const { base, perConnection, perRequest, connections, leak, oomRisk } = memory;
  return [
    ...(base === null ? [] : [step('idle', '', formatBytes(base))]),
    ...(perConnection === null
      ? []
      : [
          step(
            'connections',
            `${round(connections)} × ${formatBytes(perConnection)}`,
            formatBytes(connections * perConnection),
          ),
        ]),
    ...(perRequest === null ? [] : [step('a request in flight', '', formatBytes(perRequest))]),
    ...(leak === null ? [] : [step('lost', '', `${formatBytes(leak)}/s`)]),
    step('request', '', resources.requests.memory),
    step('limit', '', resources.limits.memory),
    ...(oomRisk === null ? [] : [step('risk of the limit', '', `${formatPercent(oomRisk)} of the worlds`)]),
  ];
}

function iops(plan: Plan): Step[] {
  const { iops, inputs, load } = plan;
  if (iops === null) return [];
  const names: Record<string, string> = {
    cacheMisses: 'reads that miss the cache',
    walFlushes: 'flushes of the log',
    checkpoints: 'pages of checkpoints',
    backgroundWriter: 'the background writer',
    backends: 'writes of sessions',
    writes: 'writes',
    syncs: 'syncs',
  };
  return [
    ...(load === null ? [] : [step('busiest second', '', formatRate(load.withEvents))]),
    ...Object.entries(iops.parts).map(([part, rate]) => step(names[part] ?? part, '', `${round(rate)}/s`)),
    step('in all', '', `${round(iops.peak)}/s with ${formatPercent(inputs.confidence)} confidence`),
    step('recommended', 'with room below the limit of the volume', `${round(iops.recommended)}/s`),
    ...iops.candidates.map(({ name, perMonth, short }) =>
      step(
        name,
        '',
        short === null
          ? `carries it${perMonth === null ? '' : ` for ${round(perMonth)} a month`}`
          : 'does not carry it',
      ),
    ),
  ];
}

function storage({ storage, inputs }: Plan): Step[] {
  if (storage === null) return [];
  const { current, growthPerMonth, projected, parts, recommended, retentionMonths } = storage;
  return [
    step('now', '', formatBytes(current)),
    step('growth', '', `${formatBytes(growthPerMonth)} a month, which grows with the load`),
    ...(retentionMonths === null ? [] : [step('kept', '', counted(retentionMonths, 'month'))]),
    step('at the end', `in ${counted(inputs.horizonMonths, 'month')}`, formatBytes(projected)),
    step('dead rows and bloat', '', formatBytes(parts.bloat)),
    step('log', '', formatBytes(parts.wal)),
    step('recommended', 'all of these', formatBytes(recommended)),
  ];
}

function connections(plan: Plan): Step[] {
  const { connections, load, hpa } = plan;
  if (connections === null) return [];
  const { holdTime, required, poolPerReplica, pools, recommended, waitTarget, acquireWait } = connections;
  if (holdTime === null || load === null || poolPerReplica === null) {
    return [step('max_connections', `${round(required)} with a buffer, at least 100`, `${recommended}`)];
  }
  return [
    step('a request holds one for', '', formatSeconds(holdTime)),
    step(
      'busy at once',
      `${formatRate(load.withEvents)} × ${formatSeconds(holdTime)}`,
      `${round(required)} (Little's law)`,
    ),
    step(
      'pool of a replica',
      `the fewest with p${round(waitTarget.quantile * 100)} of the wait within ${formatSeconds(waitTarget.seconds)} (Erlang C)`,
      `${poolPerReplica}${acquireWait === null ? '' : `, which wait ${formatSeconds(acquireWait)}`}`,
    ),
    ...(pools === null
      ? []
      : [
          step(
            'all pools',
            `${hpa?.spec.maxReplicas ?? '?'} replicas at most × ${poolPerReplica}`,
            `${pools}`,
          ),
        ]),
    step('max_connections', 'with some kept back', `${recommended}`),
  ];
}

function cost({ cost }: Plan): Step[] {
  if (cost === null) return [];
  const { currency, asOf, lines, perMonth } = cost;
  return [
    ...lines.map(({ what, quantity, unit, price, perMonth }) =>
      step(what, `${round(quantity)} ${unit} × ${price}`, `${round(perMonth)} ${currency} a month`),
    ),
    step('in all', '', `${round(perMonth.recommended)} ${currency} a month, at prices of ${asOf}`),
  ];
}
