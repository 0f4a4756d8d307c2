type Values = Readonly<Record<string, number>>;

/** The start of a process as the Prometheus client libraries tell it, in seconds since 1970. */
const START = 'process_start_time_seconds';
/** Seconds since a server began. */
const UPTIME = 'uptime_seconds';
/**
 * Names of what mostly only rises while a process lives, by the naming rules of Prometheus and in our own collectors.
 * Mostly: prom-client calls a gauge `nodejs_active_requests_total`.
 */
const COUNTER = /^(?:[^{]*_(?:total|sum|count)|cpu_seconds|cgroup_cpu_seconds|commits)(?:\{|$)/;
/** Seconds. Start times are worked out from uptimes, and differ a little each time. */
const SAME_START = 2;

/**
 * Tells from the readings of one source, taken one after the other, when what is read was restarted, and when
 * replicas come to it and go from it.
 */
export class Restarts {
  #last: Values | undefined;
  #shared = false;

  /** What this reading shows that the one before did not, in sentences. */
  see(values: Values): string[] {
    const last = this.#last;
    this.#last = values;
    if (last === undefined || this.#shared) return [];
    const [before, now] = [startsIn(last), startsIn(values)];
    if (this.#isAnother(before, now)) return [SHARED];
    const told = [...restarted(before, now), ...cameAndWent(before, now), ...upAnew(last, values)];
    return told.length > 0 || now.size > 0 ? told : fallen(last, values);
  }

  /** A start before the one that was last seen is that of another process. */
  #isAnother(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): boolean {
    this.#shared = [...now].some(([name, start]) => (before.get(name) ?? start) - start > SAME_START);
    return this.#shared;
  }
}

const SHARED =
  'several replicas answer at this address in turn, so its counters cannot be used: read each of them by an address of its own';

function startsIn(values: Values): Map<string, number> {
  return new Map(Object.entries(values).filter(([name]) => name === START || name.startsWith(`${START}{`)));
}

function restarted(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  return [...now]
    .filter(([name, start]) => start - (before.get(name) ?? start) > SAME_START)
    .map(([name, start]) => `restarted${of(name)}: it began at ${new Date(start * 1000).toISOString()}`);
}

/** Replicas on one page have labels; a page without any start time before says nothing of who came. */
function cameAndWent(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  if (before.size === 0 || now.size === 0) return [];
  const gone = [...before.keys()].filter((name) => !now.has(name));
  const came = [...now.keys()].filter((name) => !before.has(name));
  return [
    ...gone.map((name) => `a replica went${of(name)}`),
    ...came.map((name) => `a replica came${of(name)}`),
  ];
}

function upAnew(last: Values, values: Values): string[] {
  const [before, now] = [last[UPTIME], values[UPTIME]];
  if (before === undefined || now === undefined || now >= before) return [];
  return [`restarted: it has been up for ${Math.round(now)} s`];
}

/** Where nothing tells of the start: most counters that are not what they were are less. */
function fallen(last: Values, values: Values): string[] {
  const changed = Object.entries(values).filter(
    ([name, value]) => COUNTER.test(name) && value !== (last[name] ?? value),
  );
  const names = changed.flatMap(([name, value]) => (value < (last[name] ?? value) ? [name] : []));
  if (names.length <= changed.length / 2) return [];
  const others = names.length === 1 ? '' : ` and ${names.length - 1} more`;
  return [`counters began anew, as after a restart: ${names[0]}${others}`];
}

function of(name: string): string {
  const labels = name.slice(START.length);
  return labels === '' ? '' : ` ${labels}`;
}
