import type { BurnTimes } from '../http/burn.ts';

export type KafkaSettings = {
  /** `host:port` of each. */
  brokers: string[];
  tls: boolean;
  /** SASL SCRAM-SHA-512; null without a log-in. */
  login: { username: string; password: string } | null;
};

/** What every process of the platform is told. Secrets travel over the pipe between processes, never as arguments. */
export type Settings = {
  region: string | null;
  /** The primary database, or the first to ask which one is. */
  database: string;
  /** Standbys of it to read from. */
  readDatabases: string[];
  /** Connections of each process to each database. */
  pool: number;
  redis: string | null;
  kafka: KafkaSettings | null;
  /** API replicas. */
  replicas: number;
  seed: number;
  /** Milliseconds since 1970 at which all replicas' quotes begin. */
  epoch: number;
  /** Seconds after the epoch at which news comes out, beside the daily calendar. */
  news: number[];
  /** Signs the users' tokens. */
  tokenSecret: string;
  /** Requests per second that one user may make of one replica. */
  rateLimit: number;
  burn: BurnTimes;
  /** For tests: records per second that a consumer may handle. */
  consumerRate: number | null;
};

/** The processes beside the API replicas. */
export const backgroundRoles = ['relay', 'consumer', 'worker'] as const;
export type BackgroundRole = (typeof backgroundRoles)[number];

/** From the server to its processes. */
export type ToProcess =
  | { do: 'start'; settings: Settings; listen: { host: string; port: number } }
  | { do: 'accept' }
  | { do: 'peers'; urls: string[] }
  | { do: 'hear'; messages: string[] }
  | { do: 'end' };

/** `say` reaches every other API replica as `hear`. */
export type FromProcess =
  | { is: 'ready'; url: string }
  | { is: 'leaving' }
  | { is: 'say'; messages: string[] };
