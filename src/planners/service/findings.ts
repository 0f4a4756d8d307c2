import type { Coded } from '../findings.ts';

/** About the runs together. */
export type StaleFinding =
  /** Runs of one script in several versions: its classes may not mean the same in them. */
  | Coded<'SCRIPTS_DIFFER', 'warning', { script: string; versions: number }>
  /** The runs were made on machines of several kinds, so that a request may cost another time of CPU in each. */
  | Coded<'MACHINES_DIFFER', 'warning', { machines: string[] }>;

/** About the service tier. */
export type ServiceFinding =
  /**
   * The latency of this class has no fitted model: too few requests, or at too few utilisations, or it is not known what the
   * service could use. It is taken to grow as in processor sharing, and no interval is told.
   */
  | Coded<
      'LATENCY_NOT_FITTED',
      'warning',
      { class: string; quantile: number; missing: 'few' | 'narrow' | 'utilisation' }
    >
  /**
   * One replica was tested to `tested` requests per second and may carry `rate`, so that `replicas` are needed: without
   * that bound `otherwise` would be enough.
   */
  | Coded<
      'REPLICAS_WITHIN_TEST',
      'warning',
      { tested: number; rate: number; replicas: number; otherwise: number }
    >
  /** `servers` on `replicas` are enough for one queue; with one of each replica `random` are needed. */
  | Coded<'ONE_QUEUE_ASSUMED', 'warning', { servers: number; replicas: number; random: number }>
  /** A limit makes a quantile of the response `limited` seconds instead of `unlimited`: it is `instead`, or none. */
  | Coded<
      'CPU_LIMIT_COSTS',
      'warning',
      {
        limit: number;
        quantile: number;
        limited: number;
        unlimited: number;
        stoppedShare: number;
        instead: number | null;
      }
    >
  /** In this share of the worlds a replica needs more memory than its limit, and is killed. */
  | Coded<'OOM_RISK', 'warning', { limit: number; share: number }>
  /** The database accepts the pools of `room` more replicas, too few for a quarter of surge in a rolling update. */
  | Coded<
      'SURGE_EXCEEDS_MAX_CONNECTIONS',
      'warning',
      { usual: number; surge: number; room: number; max: number }
    >;
