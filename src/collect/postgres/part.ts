import { labelled } from '../series-name.ts';

/** A row as the driver hands it over: figures are double precision, labels text; what may not be seen is null. */
export type Row = Record<string, unknown>;

/** What is known of a server once connected. */
export type Server = {
  /** `server_version_num`. */
  version: number;
  /** Whether `pg_control_checkpoint` may be called; every role may, unless somebody took it away. */
  control: boolean;
  /**
   * The extension pg_stat_statements of the connected database: its quoted schema, its version, and whether the server
   * has loaded its library.
   */
  statements?: { schema: string; version: string; loaded: boolean };
};

/** One question to the server beside the counters; it may fail on its own and is then asked again later. */
export type Part = {
  /** Names the prepared statement. */
  name: string;
  /** What is missing without it, as the beginning of a sentence. */
  what: string;
  /** Seconds from one reading to the next; 0 for every sample. */
  every: number;
  text: string;
  /** For `$1` and so on; undefined when there is nothing to ask for now. */
  parameters?(): unknown[] | undefined;
  /** Series by name. `remark` is for what could not be read although the server answered. */
  values(rows: Row[], remark: (text: string) => void): Record<string, number>;
};

/**
 * Every figure of every row by the name of its column; a row with text in one of the columns `labels` gives
 * `name{label="value",…}` as on a Prometheus page. What is null or not finite is left out.
 */
export function valuesOf(rows: readonly Row[], labels: readonly string[] = []): Record<string, number> {
  const values: Record<string, number> = {};
  for (const row of rows) {
    const given = Object.fromEntries(
      labels.flatMap((label) => (typeof row[label] === 'string' ? [[label, row[label]]] : [])),
    );
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === 'number' && Number.isFinite(value)) values[labelled(name, given)] = value;
    }
  }
  return values;
}

export type Columns = Record<string, string>;

/** As double precision: the driver hands over 64-bit integers as text. */
export function select(columns: Columns): string {
  return Object.entries(columns)
    .map(([name, expression]) => `(${expression})::float8 as "${name.replaceAll('"', '""')}"`)
    .join(',\n  ');
}
