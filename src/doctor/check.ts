/**
 * What a check came to. `missing`: something optional is not here; `warning`: it will bite; `failed`: fxscale cannot do
 * its work; `unknown`: this machine does not tell.
 */
export type Status = 'ok' | 'missing' | 'warning' | 'failed' | 'unknown';

/** In the order in which they are shown. */
export const groups = ['fxscale', 'tools', 'services', 'machine', 'limits', 'sources'] as const;

/** One thing that was looked at. */
export type Check = {
  readonly name: string;
  readonly group: (typeof groups)[number];
  readonly status: Status;
  readonly version?: string;
  /** What was found, in base units; the words are made of it. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
  /** What a source could not show, in its own words. */
  readonly remarks?: readonly string[];
};
