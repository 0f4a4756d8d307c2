import { readFile } from 'node:fs/promises';
import { FxscaleError, messageOf } from './errors.ts';
import { type Manifest, readManifest } from './manifests.ts';
import { minAvailableOf } from './models/hpa/budget.ts';
import type { ScaledObject } from './models/hpa/keda.ts';
import type { Hpa } from './models/hpa/spec.ts';
import type { TrafficEvent } from './models/traffic/event.ts';
import type { History } from './models/traffic/history.ts';
import { assumptionsOf } from './models/traffic/traffic.ts';
import type { Replica } from './models/world/replica.ts';
import type { Floor, Load, World } from './models/world/simulate.ts';
import { parsePlan, readPlan } from './plan-file.ts';
import { START } from './planners/autoscaling/assumed-traffic.ts';
import { partitionsOf, sourcesOf } from './planners/autoscaling/metric-sources.ts';
import { engineFor, loadOf, replicaOf, sized, worldOf } from './planners/autoscaling/world.ts';
import { planCapacity } from './planners/plan.ts';
import { PLAN_SCHEMA, type Plan } from './planners/types.ts';
import { type RecordedWorkload, readRecorded } from './recorded-workload.ts';
import { type FloorFlag, timeFrom, type WorldFlags } from './simulate-flags.ts';
import { readRun } from './store.ts';
import { readTraffic } from './traffic-source.ts';

/** An HPA to simulate, under the name that tells it from the others, and what KEDA makes it of. */
export type NamedHpa = {
  name: string;
  hpa: Hpa;
  scaled: ScaledObject | null;
  /** Of the disruption budget over its pods. */
  minAvailable?: number | string;
};

export type SimulationInputs = {
  hpas: NamedHpa[];
  replica: Replica;
  /** The same world but for the seed of the arrivals. */
  world(seed: number): World;
  events: TrafficEvent[];
  floors: Floor[];
  /** Replicas that were recorded; null when none were asked for. */
  recorded: History | null;
  assumptions: readonly string[];
};

/** Reads what `files` and `flags` name; `now` is seconds since 1970. Throws USAGE, FILE and UNREACHABLE. */
export async function readInputs(
  files: readonly string[],
  flags: WorldFlags,
  floorFlags: readonly FloorFlag[],
  now: number,
): Promise<SimulationInputs> {
  const hpas = named(await readHpas(files, flags.k8s));
  const replica = replicaOf(flags, await planOf(flags));
  const recorded = await recordedOf(hpas, flags, replica, now);
  const base =
    recorded === null
      ? (await readTraffic(trafficName(flags), now, process.env)).base
      : { history: recorded.load };
  const { start, days } =
    recorded === null
      ? { start: flags.start ?? ('history' in base ? base.history.from : START), days: flags.days }
      : coveredBy(recorded);
  const events = flags.event.map(({ moment, ...event }) => ({ ...event, at: timeFrom(moment, start) }));
  const traffic = sized({ base, events, holidays: flags.holiday, scale: 1 }, flags, start, days);
  const sources = sourcesOf(hpas, flags.metric);
  const partitions = partitionsOf(hpas, flags.partitions, sources);
  const nodes =
    flags.nodes === undefined
      ? null
      : { count: flags.nodes, podsPerNode: flags.podsPerNode, delay: flags.nodeDelay, idle: NODE_IDLE };
  const noise = { deviation: flags.noise, memory: flags.noiseMemory };
  const loadWith = (seed: number): Load => loadOf(traffic, { start, days, step: flags.step, noise, seed });
  const engine = engineFor(flags.engine, replica, loadWith(flags.seed));
  return {
    hpas,
    replica,
    events,
    recorded: recorded?.replicas ?? null,
    floors: floorFlags.map(({ replicas, moment, seconds }) => {
      const from = timeFrom(moment, start);
      return { from, to: from + seconds, replicas };
    }),
    assumptions: assumptionsOf(traffic),
    world: (seed) => worldOf(replica, loadWith(seed), engine, sources, { ...flags, partitions, nodes, seed }),
  };
}

const DAY = 86_400;

/** The time that both recordings cover: rates, for one, begin with the second point. Throws FILE when it is none. */
function coveredBy({ load, replicas }: RecordedWorkload): { start: number; days: number } {
  const start = Math.max(load.from, replicas.from);
  const days = (Math.min(load.to, replicas.to) - start) / DAY;
  if (days > 0) return { start, days };
  throw new FxscaleError(
    'FILE',
    '--from-prometheus: the load and the replicas were not recorded at the same time: choose another --start, or queries that were',
  );
}

function trafficName({ traffic }: WorldFlags): string {
  if (traffic !== undefined) return traffic;
  throw new FxscaleError(
    'USAGE',
    '--traffic is missing: name a preset (flat, fx-centre-share, fx-overlap-heavy), a CSV or JSON file, or a prometheus+http URL',
  );
}

/** The last days that Prometheus has, or from --start on. */
async function recordedOf(
  hpas: readonly NamedHpa[],
  { fromPrometheus, ...flags }: WorldFlags,
  { cpuPerRequest }: Replica,
  now: number,
): Promise<RecordedWorkload | null> {
  const [first] = hpas;
  if (fromPrometheus === undefined || first === undefined) return null;
  if (flags.traffic !== undefined)
    throw new FxscaleError(
      'USAGE',
      '--traffic and --from-prometheus both say what the load is: leave one out',
    );
  const from = flags.start ?? now - flags.days * DAY;
  const to = Math.min(now, from + flags.days * DAY);
  return readRecorded({ ...flags, fromPrometheus }, first.hpa, { from, to, cpuPerRequest });
}

/** Seconds after which the cluster autoscaler removes a node that is not needed; its default. */
const NODE_IDLE = 600;

/** The HPAs of all manifests, or of plans; a disruption budget may be in another file than its HPA. */
async function readHpas(files: readonly string[], release: number): Promise<Omit<NamedHpa, 'name'>[]> {
  const manifests = await Promise.all(files.map((file) => readFileOf(file, release)));
  const budgets = manifests.flatMap((each) => each.budgets);
  const workloads = manifests.flatMap((each) => each.workloads);
  const hpas = manifests.flatMap(({ autoscalers }) =>
    autoscalers.map(({ hpa, scaled }) => {
      const minAvailable = minAvailableOf(hpa, budgets, workloads);
      return { hpa, scaled, ...(minAvailable === undefined ? {} : { minAvailable }) };
    }),
  );
  if (hpas.length > 0 || files.length === 0) return hpas;
  throw new FxscaleError(
    'FILE',
    `${files.join(', ')}: there is only a PodDisruptionBudget: give a HorizontalPodAutoscaler or a ScaledObject too`,
  );
}

async function readFileOf(file: string, release: number): Promise<Manifest> {
  const text = await readText(file, 'a manifest of a HorizontalPodAutoscaler or a ScaledObject, or a plan');
  const plan = planIn(text, file);
  if (plan?.hpa === null)
    throw new FxscaleError('FILE', `${file}: this plan has no HPA: it was made without figures of a service`);
  return readManifest(plan === undefined ? text : JSON.stringify(plan.hpa), file, { release });
}

async function planOf({ run, plan }: WorldFlags): Promise<Plan | null> {
  if (run !== undefined && plan !== undefined)
    throw new FxscaleError('USAGE', '--run and --plan both say what a pod can do: leave one out');
  if (run !== undefined) return planCapacity([await readRun(run)], { events: [], slos: [] });
  return plan === undefined ? null : readPlan(plan);
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new FxscaleError('FILE', `${file}: ${messageOf(cause)}: name ${what}`, { cause });
  }
}

function planIn(text: string, file: string): Plan | undefined {
  if (!text.includes(PLAN_SCHEMA)) return undefined;
  try {
    if ((JSON.parse(text) as Partial<Plan>).schema !== PLAN_SCHEMA) return undefined;
  } catch {
    // YAML that mentions a plan; the reader of manifests says what is wrong with it, if anything.
    return undefined;
  }
  return parsePlan(text, file);
}

/** Names that occur twice get a number. */
function named(hpas: readonly Omit<NamedHpa, 'name'>[]): NamedHpa[] {
  const seen = new Map<string, number>();
  return hpas.map((each) => {
    const name = each.scaled?.name ?? each.hpa.name;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return { ...each, name: count === 1 ? name : `${name} (${count})` };
  });
}
