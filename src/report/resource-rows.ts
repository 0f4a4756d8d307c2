import type { Basis, Demand, Plan, Resource } from '../planners/types.ts';
import { formatBytes, formatRate, formatSeconds, memoryQuantity, round } from '../units.ts';
import { costRows } from './cost-rows.ts';
import { atOnce, capital, counted, perRequest, resourceNames, withInterval } from './resource-words.ts';
import { streamTiers } from './stream-rows.ts';

/** One resource: what a request of each class uses, what the peak needs, what is recommended. */
export type ResourceRow = { resource: string; demand: string[]; atPeak: string; recommended: string };

/** A part of the system, which is sized by itself; `known` heads the second column where it is not of requests. */
export type Tier = { name: string; known?: string; rows: ResourceRow[] };

/** The tables of resources, tier by tier; those without a figure are left out. */
export function tiers(plan: Plan): Tier[] {
  const all: Tier[] = [
    { name: 'Service', rows: serviceRows(plan) },
    { name: 'Database', rows: databaseRows(plan) },
    ...streamTiers(plan),
    { name: 'Cost of a month', known: 'Of what', rows: costRows(plan) },
  ];
  return all
    .map((tier) => ({ ...tier, rows: tier.rows.filter(isKnown) }))
    .filter(({ rows }) => rows.length > 0);
}

function isKnown({ demand, atPeak, recommended }: ResourceRow): boolean {
  return demand.length > 0 || atPeak !== '' || recommended !== '';
}

function serviceRows(plan: Plan): ResourceRow[] {
  return [row(plan, 'platformCpu', { recommended: serviceCpu(plan) }), memoryRow(plan)];
}

function databaseRows(plan: Plan): ResourceRow[] {
  return [
    row(plan, 'databaseCpu', { recommended: databaseCpu(plan) }),
    databaseMemoryRow(plan),
    row(plan, 'connectionTime', connections(plan)),
    walRow(plan),
    row(plan, 'databaseReads', {}),
    row(plan, 'databaseWrites', {}),
    row(plan, 'databaseFsyncs', {}),
    iopsRow(plan),
    row(plan, 'ioBytes', { recommended: throughput(plan) }),
    row(plan, 'growthBytes', storage(plan)),
  ];
}

type Cells = { atPeak?: string | undefined; recommended?: string | undefined };

function row(plan: Plan, resource: Resource, cells: Cells): ResourceRow {
  const use = plan.atPeak[resource];
  return {
    resource: capital(resourceNames[resource]),
    demand: demandLines(plan, resource),
    atPeak: cells.atPeak ?? (use === undefined ? '' : withInterval(use, atOnce[resource])),
    recommended: cells.recommended ?? '',
  };
}

/** In a plan of both kinds what rests on declared figures says so. */
function marked(plan: Plan, basis: Basis, text: string): string {
  return plan.basis === 'mixed' && basis === 'declared' ? `${text} (declared)` : text;
}

function serviceCpu(plan: Plan): string | undefined {
  const { replicas, resources } = plan;
  if (replicas === null || resources === null) return undefined;
  const { requests, limits } = resources;
  return marked(
    plan,
    replicas.basis,
    `${replicas.recommended} × ${requests.cpu}, ${limits.cpu === undefined ? 'no limit' : `limit ${limits.cpu}`}`,
  );
}

function databaseCpu(plan: Plan): string | undefined {
  if (plan.database === null) return undefined;
  const { recommended, available, machine, basis } = plan.database;
  const count = plan.readReplicas?.count ?? 0;
  // Where reads go to replicas no machine is as large as all of it would need.
  const cores =
    machine < recommended
      ? `${counted(machine, 'core')}, and on ${counted(count, 'read replica')} each`
      : `${counted(recommended, 'core')}${count === 0 ? '' : `, ${counted(count, 'read replica')}`}`;
  return marked(plan, basis, `${cores} (tested on ${round(available)})`);
}

function connections(plan: Plan): Cells {
  if (plan.connections === null) return {};
  const { required, recommended, poolPerReplica, pooler, basis } = plan.connections;
  const pool = poolPerReplica === null ? '' : `, pools of ${poolPerReplica}`;
  const between = pooler === null ? '' : `, PgBouncer with ${round(pooler.defaultPoolSize)}`;
  return {
    atPeak: plan.atPeak.connectionTime === undefined ? `${round(required)} open` : undefined,
    recommended: marked(plan, basis, `max_connections ${recommended}${pool}${between}`),
  };
}

function iopsRow(plan: Plan): ResourceRow {
  const resource = 'IOPS in all';
  if (plan.iops === null) return { resource, demand: [], atPeak: '', recommended: '' };
  const { peak, recommended, reads, writes, volume, basis } = plan.iops;
  const on = volume === null ? '' : ` on ${volume.name}`;
  return {
    resource,
    demand: [],
    atPeak: `${round(peak)}/s, ${round(reads.iops)} read, ${round(writes.iops)} written`,
    recommended: marked(plan, basis, `${round(recommended)}/s${on}`),
  };
}

function databaseMemoryRow({ databaseMemory }: Plan): ResourceRow {
  const resource = 'Database memory';
  if (databaseMemory === null) return { resource, demand: [], atPeak: '', recommended: '' };
  const { workingSet, backends, recommended, sharedBuffers } = databaseMemory;
  return {
    resource,
    demand: [],
    atPeak: `${formatBytes(workingSet)} read again and again, ${formatBytes(backends)} of sessions`,
    recommended: `${formatBytes(recommended)}, shared_buffers ${formatBytes(sharedBuffers)}`,
  };
}

function throughput({ iops }: Plan): string | undefined {
  return iops === null || iops.volume === null ? undefined : `${formatBytes(iops.volume.throughput)}/s`;
}

function storage(plan: Plan): Cells {
  if (plan.storage === null) return {};
  const { growthPerMonth, recommended, daysUntilFull, retentionMonths, replicas, basis } = plan.storage;
  const kept = retentionMonths === null ? '' : `, ${retentionMonths} months kept`;
  const copies = replicas === 0 ? '' : `, on ${counted(1 + replicas, 'machine')} each`;
  return {
    atPeak: `${formatBytes(growthPerMonth)} a month`,
    recommended: marked(
      plan,
      basis,
      `${formatBytes(recommended)}${kept}${copies}${fullAfter(daysUntilFull)}`,
    ),
  };
}

function fullAfter(days: number | null): string {
  return days === null ? '' : `, full in ${counted(Math.floor(days), 'day')}`;
}

/** What a request writes depends on how many share the images of a checkpoint cycle: the row says for how many. */
function walRow(plan: Plan): ResourceRow {
  const own = row(plan, 'walBytes', {});
  if (plan.wal === null) return own;
  const { rate, checkpointInterval, by, steadyBytesPerRequest, bytesPerRequest } = plan.wal;
  const images = formatBytes(bytesPerRequest - steadyBytesPerRequest);
  const cycle = `a checkpoint every ${formatSeconds(checkpointInterval)}${by === 'size' ? ' (max_wal_size)' : ''}`;
  const note = `of it full pages ${images} a request, at ${formatRate(rate)} and ${cycle}`;
  return { ...own, demand: [...own.demand, note] };
}

function memoryRow(plan: Plan): ResourceRow {
  const { memory, replicas, resources } = plan;
  const resource = 'Service memory';
  if (memory === null || resources === null) return { resource, demand: [], atPeak: '', recommended: '' };
  const { base, perConnection, perRequest, leak, request, basis } = memory;
  const { requests, limits } = resources;
  return {
    resource,
    demand: [
      ...(base === null ? [] : [`${formatBytes(base)} when idle`]),
      ...(perConnection === null ? [] : [`${formatBytes(perConnection)} a connection`]),
      ...(perRequest === null ? [] : [`${formatBytes(perRequest)} a request in flight`]),
      ...(leak === null ? [] : [`${formatBytes(leak)}/s lost`]),
    ],
    atPeak: replicas === null ? '' : `${replicas.byMemory} × ${memoryQuantity(request)}`,
    recommended: marked(plan, basis, `${requests.memory} each, limit ${limits.memory}`),
  };
}

/** Below this share of the dearest class a class does not get a line of its own. */
const NEGLIGIBLE = 0.01;

/** What a request of each class uses of one resource, a line each; none where it was not measured. */
export function demandLines({ demand }: Pick<Plan, 'demand'>, resource: Resource): string[] {
  const classes = Object.entries(demand).flatMap(([name, resources]): [string, Demand][] => {
    const figure = resources[resource];
    return figure === undefined ? [] : [[name, figure]];
  });
  const known = (each: Demand) => (each.separable ? each : each.together);
  const dearest = Math.max(0, ...classes.map(([, each]) => known(each).value));
  const shown = classes.filter(([, each]) => {
    const { value, high } = known(each);
    return value > 0 && high >= dearest * NEGLIGIBLE;
  });
  const lines = shown.map(([name, each]) => {
    const figure = withInterval(known(each), perRequest[resource]);
    return each.separable ? `${name} ${figure}` : `${each.group.join(' + ')} not separable, mean ${figure}`;
  });
  return [...new Set(lines)];
}
