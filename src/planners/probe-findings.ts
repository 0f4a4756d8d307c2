import type { NoPeak } from '../models/usl-fit.ts';
import type { Severity } from './findings.ts';

type Coded<Code extends string, S extends Severity, Args extends object> = {
  readonly code: Code;
  readonly severity: S;
  readonly args: Args;
};

/** What a probe noticed, as data; the report has the words. Figures are in base units. */
export type ProbeFinding =
  /** The generator itself was busy for the share `busy` of the time there: those steps say nothing of the target. */
  | Coded<'GENERATOR_LIMITED', 'error', { concurrencies: number[]; busy: number }>
  /** Stopped early; `done` of `of` steps are there. */
  | Coded<'INCOMPLETE', 'warning', { done: number; of: number }>
  | Coded<
      'REQUESTS_FAILED',
      'warning',
      { share: number; errors: number; timeouts: number; reason: string | null; timeout: number }
    >
  /** Throughput grew by the share `growth` in the last doubling of the concurrency. */
  | Coded<'NOT_SATURATED', 'warning', { concurrency: number; throughput: number; growth: number }>
  /** The law needs more different concurrencies than were measured. */
  | Coded<'TOO_FEW_LEVELS', 'warning', { levels: number; needed: number }>
  /**
   * No peak of the law is told: its penalty for pairs may be none, it would lie beyond what was `tested`, or the fall
   * after it is not in the data.
   */
  | Coded<
      'NO_PEAK',
      'info',
      { reason: NoPeak['reason'] | 'flat'; concurrency: number | null; tested: number }
    >
  /** The peak is a little beyond the largest concurrency that was tested. */
  | Coded<'PEAK_BEYOND_TESTED', 'warning', { concurrency: number; tested: number }>
  | Coded<'POOR_FIT', 'warning', { r2: number }>
  /** Repeats with the same concurrency differ by the share `spread` of their mean. */
  | Coded<'REPEATS_DIFFER', 'warning', { concurrencies: number[]; spread: number }>
  | Coded<'FEW_REQUESTS', 'warning', { concurrencies: number[]; fewest: number }>;
