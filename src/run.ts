import { z } from 'zod';
import { FxscaleError } from './errors.ts';

/**
 * A run is a file of JSON lines, appended as things happen, so that a killed run is still a readable run:
 * one `run` line first; then, in any order, `row` lines (what the generator did in one second), `sample` lines
 * (what one collector read at one instant) and `note` lines (what went wrong, and when); one `end` line last.
 * Times are seconds since the start of the load (after setup), durations seconds, sizes bytes, CPU cores.
 */
export const RUN_SCHEMA = 'fxscale.run/1';

const histogram = z.object({
  bits: z.int().min(1).max(20),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  values: z.array(z.number()),
  counts: z.array(z.number()),
});

const header = z.object({
  schema: z.literal(RUN_SCHEMA),
  id: z.string(),
  /** ISO 8601, the wall clock at t = 0. */
  startedAt: z.iso.datetime(),
  version: z.string(),
  script: z.string(),
  /** Arrival-rate executors only: the load does not wait for the service. */
  openLoop: z.boolean(),
  /** Threads that generated the load; one in runs that do not say. */
  workers: z.int().min(1).optional(),
  /** The machine that generated the load. */
  machine: z.object({
    cpus: z.number(),
    memory: z.number(),
    platform: z.string(),
    node: z.string(),
    /** Requests per second that it kept on schedule with as many workers, and when that was measured. */
    calibratedRate: z.number().positive().optional(),
    calibratedAt: z.iso.datetime().optional(),
  }),
  /** What the service under test ran as, where the caller knows: CPU limit in cores and count of replicas. */
  service: z.object({
    replicas: z.int().min(1).optional(),
    cpuLimit: z.number().positive().optional(),
    poolSize: z.int().min(1).optional(),
    build: z.string().optional(),
  }),
  /** Collected sources, credentials masked. */
  sources: z.array(z.object({ source: z.string(), url: z.string() })),
});

const classRow = z.object({
  /** Requests that ended in this second, failures among them. */
  count: z.int().min(0),
  failures: z.int().min(0),
  /** Seconds from the actual send to the end of the response. */
  latency: histogram,
  /** The same from the moment the iteration was due; absent in closed-loop runs. */
  fromDue: histogram.optional(),
});

const generatorRow = z.object({
  /** Cores that the generator's process used in this second. */
  cpu: z.number(),
  /** 99th percentile delay of the event loop in this second, seconds. */
  loopLag: z.number(),
  /** 99th percentile of actual minus planned start of the iterations that started in this second, seconds. */
  scheduleLag: z.number(),
  dropped: z.int().min(0),
  iterations: z.int().min(0),
  vus: z.int().min(0),
  /** Requests sent and not yet answered at the end of the second. */
  inFlight: z.int().min(0),
});

const row = z.object({
  /** The end of the interval. */
  t: z.number(),
  /** Its length, about one. */
  seconds: z.number().positive(),
  classes: z.record(z.string(), classRow),
  generator: generatorRow,
});

/**
 * Observations counted since the source began: how many were at most each of the `bounds`, which rise. JSON knows no
 * infinity: the last of the `counts`, one more than the bounds, is all observations. `exponential` are the buckets of
 * a Prometheus native histogram, whose bounds may differ from sample to sample.
 */
const counted = z
  .object({
    bounds: z.array(z.number()),
    counts: z.array(z.number()),
    exponential: z.boolean().optional(),
  })
  .refine(({ bounds, counts }) => counts.length === bounds.length + 1, 'counts must be one more than bounds');

const sample = z.object({
  t: z.number(),
  /** Seconds from the question to the answer, which came at `t`. */
  took: z.number().optional(),
  source: z.string(),
  values: z.record(z.string(), z.number()),
  /** By name and labels; one that has not changed since the source's sample before is left out. */
  histograms: z.record(z.string(), counted).optional(),
});

const note = z.object({ t: z.number(), source: z.string(), text: z.string() });

const end = z.object({
  t: z.number(),
  exitCode: z.int(),
  /** Why the load ended before its plan did, if it did. */
  reason: z.string().optional(),
  /** Why these figures are not the service's, if they are not. */
  invalid: z.string().optional(),
  thresholds: z.array(z.object({ metric: z.string(), expression: z.string(), ok: z.boolean() })),
});

export type RunHeader = z.infer<typeof header>;
export type ClassRow = z.infer<typeof classRow>;
export type GeneratorRow = z.infer<typeof generatorRow>;
export type RunRow = z.infer<typeof row>;
export type Sample = z.infer<typeof sample>;
export type CumulativeHistogram = z.infer<typeof counted>;
export type Note = z.infer<typeof note>;
export type RunEnd = z.infer<typeof end>;

export type RunLine =
  | { run: RunHeader }
  | { row: RunRow }
  | { sample: Sample }
  | { note: Note }
  | { end: RunEnd };

/** A whole run. `end` is absent when the run was killed. */
export type Run = {
  header: RunHeader;
  rows: RunRow[];
  samples: Sample[];
  notes: Note[];
  end?: RunEnd;
};

const kinds = { run: header, row, sample, note, end } as const;

/** What the service ran as, of what its caller knows. */
export function describeService(
  replicas: number | undefined,
  cpuLimit: number | undefined,
): RunHeader['service'] {
  return { ...(replicas === undefined ? {} : { replicas }), ...(cpuLimit === undefined ? {} : { cpuLimit }) };
}

/** One line of a run file, with its line feed. */
export function serialiseLine(line: RunLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * The run that `text` holds. `name` is the file's name for messages. A last line that was cut short by a kill is
 * dropped. Throws FILE with the line and the path of the first bad field.
 */
export function parseRun(text: string, name: string): Run {
  // Of one document, such as a plan, the lines would say less.
  const other = /^\s*\{\s*"schema":\s*"([^"]+)"/.exec(text)?.[1];
  if (other !== undefined) throw notARun(name, `it is a ${other}`);
  const lines = text.split('\n');
  // What follows the last line feed is empty, or a line whose writer was killed in the middle of it.
  lines.pop();
  let run: Run | undefined;
  lines.forEach((content, index) => {
    if (content === '') return;
    const line = parseLine(content, `${name}:${index + 1}`);
    if ('run' in line) {
      if (run !== undefined) throw notARun(`${name}:${index + 1}`, 'another run begins here: one file each');
      run = { header: line.run, rows: [], samples: [], notes: [] };
    } else if (run === undefined)
      throw notARun(`${name}:${index + 1}`, 'the first line must be the "run" line');
    else if ('row' in line) run.rows.push(line.row);
    else if ('sample' in line) run.samples.push(line.sample);
    else if ('note' in line) run.notes.push(line.note);
    else run.end = line.end;
  });
  if (run === undefined)
    throw notARun(name, text.trim() === '' ? 'it is empty' : 'it holds no complete line');
  return run;
}

function parseLine(content: string, where: string): RunLine {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw notARun(where, 'this line is not JSON', cause);
  }
  const kind = typeof value === 'object' && value !== null ? Object.keys(value)[0] : undefined;
  if (kind === undefined || !Object.hasOwn(kinds, kind)) {
    throw notARun(
      where,
      `a line is one of ${Object.keys(kinds).join(', ')}, not ${JSON.stringify(kind ?? value)}`,
    );
  }
  const schema = z.object({ [kind]: kinds[kind as keyof typeof kinds] });
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw notARun(where, `${issue?.path.join('.')}: ${issue?.message}`);
  }
  return parsed.data as unknown as RunLine;
}

function notARun(where: string, why: string, cause?: unknown): FxscaleError {
  const message = `${where} is not a ${RUN_SCHEMA} run file: ${why}; give one that fxscale run saved`;
  return new FxscaleError('FILE', message, { cause });
}
