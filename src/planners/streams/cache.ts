import { allocators, bytesPerKey, tableBytes } from '../../models/redis-memory.ts';
import type { Capacity } from '../bottleneck.ts';
import { type CostModel, upperUse } from '../cost.ts';
import { ceilCount, PEAK_TO_MEAN, SECONDS_PER_DAY } from '../declared.ts';
import type { Finding } from '../findings.ts';
import { grownIn } from '../load.ts';
import type { Basis } from '../types.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import { type CacheFacts, cacheFacts } from './cache-facts.ts';
import type { StreamFigures } from './figures.ts';
import { Assumptions, at, type Needed, neededIn, useIn } from './needed.ts';
import type { StreamPart, StreamRequirement } from './streams.ts';

export type CachePlan = {
  /** At the top of the strongest event, at the end of the horizon. */
  keys: Needed;
  /** Bytes of a key with its value and its part of the tables: by the sizes that were declared, and as measured. */
  keyBytes: { formula: number | null; measured: number | null; by: 'formula' | 'slope' | 'mean' };
  /** What the server counts as used, with tables that are being doubled and buffers of clients. */
  used: Needed;
  maxmemory: { current: number | null; recommended: number; evicts: boolean };
  /** With fragmentation, and with what is copied while a child saves. */
  instanceBytes: number;
  fragmentation: number;
  copied: number;
  /** Bytes that keys without an expiry add in a second, at the average load; null when nothing shows that they grow. */
  growth: number | null;
  /** Seconds until they have filled the `maxmemory` that there is. */
  fullAfter: number | null;
  /** Of lookups, at each size of memory that was tested (0: unlimited), with keys evicted per second. */
  hits: CacheFacts['hits'];
  /** Commands and bytes per second at the top of the strongest event; null when not known. */
  commands: Needed | null;
  network: Needed | null;
  /** Cores of the one thread that runs the commands, and the servers that keys must be spread over for it. */
  cores: Needed | null;
  shards: number;
  basis: Basis | 'mixed';
};

/** Share of `maxmemory` that is planned to be used at the top: keys come in bursts. */
const FILLED = 0.85;
/** Redis 7 with nothing in it, and buffers of a few hundred clients. */
const STARTUP = 2 ** 20;
const CLIENTS = 16 * 2 ** 20;
const FRAGMENTATION = 1.2;
/** Of the memory, copied while a child saves and writes go on: half again as much is the usual advice. */
const COPIED = 0.5;
const KEY = 32;
const VALUE = 64;
/** Share of its one core that the thread may use, and core seconds of a simple command. */
const THREAD = 0.8;
const CPU_PER_COMMAND = 10e-6;
/** Formula and measurement that differ by more than this share do not speak of the same keys. */
const DIFFERENT = 0.25;

/** From what runs showed of a server, or from `--cache-keys`; without either there is no plan. */
export function planCache(requirement: StreamRequirement): StreamPart<CachePlan> {
  const { worlds, inputs, load, measurements } = requirement;
  const figures = inputs.declared;
  const { confidence } = inputs;
  const facts = load && measurements ? cacheFacts(measurements) : undefined;
  if (facts === undefined && figures.cacheKeys === undefined) {
    return { plan: null, capacities: [], findings: [] };
  }
  const assumptions = new Assumptions(worlds);
  const rise = riseIn(requirement);
  const keys = keysIn(requirement, facts, rise);
  const size = keySize(worlds, keys, figures, facts, assumptions);
  const clients = facts?.clientBytes ?? CLIENTS;
  const tables = figures.cacheTtl !== undefined || (facts?.expiring ?? 0) > 0 ? 2 : 1;
  const used = keys.map((count, world) => {
    const doubling = (tables * tableBytes(Math.max(1, count))) / 2;
    const data = count * at(size.bytes, world) + doubling;
    return (facts?.startupBytes ?? STARTUP) + data + clients * at(rise, world);
  });
  const maxmemory = enoughAt(used, confidence) / FILLED;
  const fragmentation = Math.max(1, facts?.fragmentation ?? FRAGMENTATION);
  const copied = facts && !facts.persists ? 0 : (facts?.copied ?? COPIED);
  const traffic = trafficIn(requirement, facts);
  const cores = traffic.cores && neededIn(traffic.cores, confidence);
  const shards = Math.max(1, ceilCount((cores?.enough ?? 0) / THREAD));
  const current = facts?.maxmemory || null;
  const lasting = facts?.lastingKeys ? growthOf(facts.lastingKeys, requirement) : 0;
  const growth = lasting * spreadOf(size.bytes).p50;
  const plan: CachePlan = {
    keys: neededIn(keys, confidence),
    keyBytes: size.told,
    used: neededIn(used, confidence),
    maxmemory: { current, recommended: maxmemory, evicts: facts?.evicts ?? false },
    instanceBytes: maxmemory * fragmentation + enoughAt(used, confidence) * copied,
    fragmentation,
    copied,
    growth: growth > 0 ? growth : null,
    fullAfter:
      growth > 0 && current !== null ? Math.max(0, current - (facts?.usedBytes ?? 0)) / growth : null,
    hits: facts?.hits ?? [],
    commands: traffic.commands && neededIn(traffic.commands, confidence),
    network: traffic.network && neededIn(traffic.network, confidence),
    cores,
    shards,
    basis: facts === undefined ? 'declared' : figures.cacheKeys === undefined ? 'measured' : 'mixed',
  };
  const findings = [
    ...memoryFindings(plan, lasting, requirement),
    ...trafficFindings(plan),
    ...assumptions.findings('The cache'),
  ];
  const capacities: Capacity[] = facts?.cpu
    ? [{ resource: 'cacheCpu', model: facts.cpu, available: shards * THREAD }]
    : [];
  return { plan, capacities, findings };
}

/** How many times the tested load the top of the strongest event is, never less than once. */
function riseIn({ worlds, load, testedRate }: StreamRequirement): Draws {
  if (load === null || testedRate === null) return worlds.certain(1);
  return load.withEvents.map((rate) => Math.max(1, rate / testedRate));
}

/**
 * Those of production if they were declared; otherwise keys that expire as many times as were seen as there is more load,
 * which is the most there can be, and the others as they were.
 */
function keysIn({ worlds, inputs }: StreamRequirement, facts: CacheFacts | undefined, rise: Draws): Draws {
  const { cacheKeys } = inputs.declared;
  if (cacheKeys !== undefined) {
    return grownIn(worlds, inputs, worlds.declared('--cache-keys', cacheKeys)).peak.map(Math.ceil);
  }
  return rise.map((times) => Math.ceil((facts?.lasting ?? 0) + (facts?.expiring ?? 0) * times));
}

function keySize(
  worlds: Worlds,
  keys: Draws,
  figures: StreamFigures,
  facts: CacheFacts | undefined,
  assumptions: Assumptions,
): { bytes: Draws; told: CachePlan['keyBytes'] } {
  const measured = facts?.keyBytes ?? null;
  const stated = figures.cacheKeyBytes !== undefined || figures.cacheValueBytes !== undefined;
  const formula = stated || measured === null ? formulaIn(keys, figures, assumptions) : null;
  const told = {
    formula: formula && spreadOf(formula).p50,
    measured: measured?.value ?? null,
    by: measured?.by ?? ('formula' as const),
  };
  return { bytes: measured === null ? (formula ?? worlds.certain(0)) : worlds.certain(measured.value), told };
}

/** By the formula, with the allocator that needs more: which one a server uses only a measurement tells. */
function formulaIn(keys: Draws, figures: StreamFigures, assumptions: Assumptions): Draws {
  const key = assumptions.draws('--cache-key-bytes', figures.cacheKeyBytes, KEY, 'bytes');
  const value = assumptions.draws('--cache-value-bytes', figures.cacheValueBytes, VALUE, 'bytes');
  return keys.map((count, world) => {
    const shape = {
      key: Math.ceil(at(key, world)),
      value: Math.ceil(at(value, world)),
      ttl: figures.cacheTtl !== undefined,
    };
    const each = allocators.map((allocator) => bytesPerKey(shape, Math.max(1, count), allocator));
    return Math.max(...each);
  });
}

type Traffic = { commands: Draws | null; network: Draws | null; cores: Draws | null };

function trafficIn({ worlds, inputs, load }: StreamRequirement, facts: CacheFacts | undefined): Traffic {
  const { cacheOps } = inputs.declared;
  const of = (name: string, model: CostModel | undefined) =>
    model && load ? useIn(worlds.cost(name, model), load.withEvents) : null;
  const network = of('cache network', facts?.network);
  const measured = of('cache commands', facts?.commands);
  const cores = of('cache cpu', facts?.cpu);
  if (measured !== null || cacheOps === undefined) return { commands: measured, network, cores };
  const commands = grownIn(worlds, inputs, worlds.declared('--cache-ops', cacheOps)).withEvents;
  return { commands, network, cores: commands.map((rate) => rate * CPU_PER_COMMAND) };
}

/** Keys without an expiry that come per second at the average load of today; 0 when the runs do not show it. */
function growthOf(lasting: CostModel, { load }: StreamRequirement): number {
  if (load === null) return 0;
  const average = spreadOf(load.now).p50 / PEAK_TO_MEAN;
  const surely = lasting.replicates.toSorted((a, b) => a.perRequest - b.perRequest);
  const low = surely[Math.floor(surely.length * 0.05)]?.perRequest ?? 0;
  return low > 0 ? upperUse({ ...lasting, background: 0 }, average, 0.5) : 0;
}

function memoryFindings(plan: CachePlan, lasting: number, { measurements }: StreamRequirement): Finding[] {
  const { maxmemory, used, keyBytes, growth, fullAfter } = plan;
  const findings: Finding[] = [];
  if (maxmemory.current !== null && used.enough > maxmemory.current) {
    const args = { maxmemory: maxmemory.current, needed: used.enough, evicts: maxmemory.evicts };
    findings.push({ code: 'CACHE_FILLS', severity: maxmemory.evicts ? 'warning' : 'error', args });
  }
  if (growth !== null) {
    const lengths = measurements?.runs.map((run) => run.rows.reduce((sum, { seconds }) => sum + seconds, 0));
    const measured = Math.max(0, ...(lengths ?? []));
    const args = { perSecond: lasting, perDay: growth * SECONDS_PER_DAY, fullAfter, measured };
    findings.push({ code: 'CACHE_KEYS_GROW', severity: 'warning', args });
  }
  const { formula, measured } = keyBytes;
  if (formula !== null && measured !== null && Math.abs(formula / measured - 1) > DIFFERENT) {
    findings.push({ code: 'KEY_SIZE_DIFFERS', severity: 'warning', args: { formula, measured } });
  }
  return findings;
}

function trafficFindings({ hits, cores, shards }: CachePlan): Finding[] {
  const findings: Finding[] = [];
  const [only, ...others] = hits;
  if (only !== undefined && others.length === 0 && only.evicted > 0) {
    const args = { hitRatio: only.hitRatio, evicted: only.evicted, memory: only.maxmemory };
    findings.push({ code: 'HIT_RATIO_AT_ONE_SIZE', severity: 'warning', args });
  }
  if (cores !== null && shards > 1) {
    findings.push({ code: 'CACHE_THREAD_SHORT', severity: 'warning', args: { cores: cores.enough, shards } });
  }
  return findings;
}
