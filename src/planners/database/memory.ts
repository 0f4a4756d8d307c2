import type { Finding } from '../findings.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import type { DatabaseFacts } from './facts.ts';
import type { DatabaseMemory, DatabaseOptions } from './plan.ts';

/**
 * What of a database is read again and again where nothing tells: the default of Netflix's service-capacity-modeling for
 * PostgreSQL and Aurora.
 */
const WORKING_SET = 0.1;
/** Pages asked for that must not have been in memory for the runs to tell anything about what does not fit. */
const SEEN = 0.01;
/** Of the memory, what PostgreSQL's manual gives shared buffers, and what they and the system's cache have together. */
const SHARED = 0.25;
const CACHE = 0.75;
/** Bytes of a session: five to ten megabytes were measured. */
const BACKEND = 10e6;
const GiB = 2 ** 30;

export type MemoryRequest = {
  options: DatabaseOptions;
  facts: DatabaseFacts | null;
  /** Bytes of the database at the horizon. */
  projected: Draws;
  /** Sessions that the database must accept. */
  sessions: number;
  confidence: number;
};

/**
 * Memory in which the working set fits beside the sessions, and of the pages that are asked for the share that is not in
 * it: `1 - M / W` for pages of a working set W that are asked for alike, with a cache of M. That is at most so many,
 * because the upper pages of indexes are asked for more often.
 */
export function planMemoryOfDatabase(
  worlds: Worlds,
  request: MemoryRequest,
): { plan: DatabaseMemory; misses: Draws | null; findings: Finding[] } {
  const { options, confidence, sessions } = request;
  const { bytes, basis, assumed } = workingSet(worlds, request);
  const backends = sessions * BACKEND;
  const needed = bytes.map((each) => Math.max(1, Math.ceil((each / CACHE + backends) / GiB)) * GiB);
  const recommended = options.memory ?? enoughAt(needed, confidence);
  const workingBytes = enoughAt(bytes, confidence);
  const plan: DatabaseMemory = {
    workingSet: workingBytes,
    sharedBuffers: recommended * SHARED,
    backends,
    recommended,
    spread: spreadOf(needed),
    basis,
  };
  const findings: Finding[] = [];
  if (assumed) {
    const args = { share: WORKING_SET, bytes: workingBytes };
    findings.push({ code: 'ASSUMED_WORKING_SET', severity: 'warning', args });
  }
  if (options.memory === undefined) return { plan, misses: null, findings };
  const cache = Math.max(0, options.memory - backends) * CACHE;
  const misses = bytes.map((each) => (each <= cache ? 0 : 1 - cache / each));
  const missed = enoughAt(misses, confidence);
  if (missed > 0) {
    const args = { memory: options.memory, cache, workingSet: workingBytes, missed };
    findings.push({ code: 'WORKING_SET_EXCEEDS_MEMORY', severity: 'warning', args });
  }
  return { plan, misses, findings };
}

function workingSet(
  worlds: Worlds,
  { options, facts, projected }: MemoryRequest,
): { bytes: Draws; basis: DatabaseMemory['basis']; assumed: boolean } {
  const stated = options.workingSet;
  if (stated !== undefined && 'bytes' in stated) {
    return { bytes: worlds.declared('working set', stated.bytes), basis: 'declared', assumed: false };
  }
  if (stated !== undefined) {
    const share = worlds.declared('working set', stated.share);
    return {
      bytes: projected.map((each, w) => each * (share[w] as number)),
      basis: 'declared',
      assumed: false,
    };
  }
  const buffers = facts?.settings.sharedBuffers ?? 0;
  if (
    facts?.bytes &&
    facts.hitRatio !== null &&
    facts.hitRatio < 1 - SEEN &&
    facts.hitRatio > 0 &&
    buffers > 0
  ) {
    // The buffers held the share of the hits of what was asked for, and it grows as the database does.
    const share = Math.min(1, buffers / facts.hitRatio / facts.bytes);
    return { bytes: projected.map((each) => each * share), basis: 'measured', assumed: false };
  }
  const bytes = projected.map((each) => Math.max(Math.min(each, buffers), each * WORKING_SET));
  // Nothing is assumed of a database that lies in memory as a whole.
  const assumed = projected.some((each) => each > buffers);
  return { bytes, basis: assumed ? 'declared' : 'measured', assumed };
}

/** Whether enough is known of the database to tell its memory. */
export function knowsMemory(options: DatabaseOptions, facts: DatabaseFacts | null): boolean {
  return options.workingSet !== undefined || facts?.bytes != null;
}
