import {
  anything,
  bytes,
  choice,
  cores,
  count,
  duration,
  event,
  growth,
  type Kind,
  mix,
  percent,
  plain,
  rate,
  release,
  seed,
  slos,
  some,
  text,
  workers,
  yesOrNo,
  zones,
} from './config-kinds.ts';

/**
 * The keys of fxscale.yaml: what each may hold, and the flag that it stands for, command by command. `peak: 12000/s` is
 * `--peak 12000/s`, and the flag's own parser has the last word on it.
 */

export type Key = {
  kind: Kind;
  about: string;
  /** What holds without it. */
  otherwise: string;
  /** As YAML. */
  example: string;
  /** The flag that it stands for, by command. */
  flags: Readonly<Record<string, string>>;
  /** Which of its texts a command takes, and how; all as they are when it is not here. */
  take?: Readonly<Record<string, (texts: readonly string[]) => readonly string[]>>;
  /** Flags, `--flag=value` or `$VARIABLE`, that leave it without effect when they are given. */
  unless?: readonly string[];
  /** Its values join those of the flag, which otherwise replace them. */
  joins?: true;
  /** `${NAME}` in it stands for a variable of the environment. */
  secret?: true;
};

function declared(kind: Kind, about: string, example: string, flag: string): Key {
  return { kind, about, otherwise: 'not declared', example, flags: { plan: flag } };
}

export const keys: Readonly<Record<string, Key>> = {
  slo: {
    kind: slos,
    about: 'latency to keep, for all requests or for those of one class',
    otherwise: 'none',
    example: '[p99=250ms, trade:p95=400ms]',
    flags: { plan: '--slo', model: '--slo', simulate: '--slo' },
    // A simulation knows no classes, and judges by one target.
    take: { simulate: (texts) => texts.filter((each) => !each.includes(':')).slice(0, 1) },
  },
  peak: {
    kind: rate,
    about: 'the load to plan for, before growth and events',
    otherwise: 'the highest that the runs tested',
    example: '12000/s',
    flags: { plan: '--peak', simulate: '--peak' },
    unless: ['--rps', '--mean', '--from-prometheus'],
  },
  traffic: {
    kind: anything('a traffic'),
    about: 'flat, fx-centre-share, fx-overlap-heavy, or a CSV or JSON file with time and rate',
    otherwise: 'none',
    example: 'fx-overlap-heavy',
    flags: { simulate: '--traffic' },
    unless: ['--from-prometheus'],
  },
  growth: {
    kind: growth,
    about: 'how the load grows until the horizon',
    otherwise: 'none',
    example: '20%/y',
    flags: { plan: '--growth' },
  },
  horizon: {
    kind: text('a horizon', String.raw`[1-9]\d*(?:mo|y)`),
    about: 'how far ahead to plan',
    otherwise: '12mo',
    example: '12mo',
    flags: { plan: '--horizon' },
  },
  events: {
    kind: some(event),
    about:
      'what multiplies the peak, how fast it comes and how long it takes to be over; simulate needs to know when',
    otherwise: 'none',
    example: '[{ name: nfp, multiplier: 3, rise: 60s, decay: 30m }]',
    flags: { plan: '--event', simulate: '--event' },
    take: {
      plan: (texts) => texts.map((each) => each.replace(/@.*/, '')),
      simulate: (texts) => texts.filter((each) => each.includes('@')),
    },
  },
  mix: {
    kind: mix,
    about: 'shares of the request classes, in any unit',
    otherwise: 'as measured',
    example: '{ quote: 70, trade: 30 }',
    flags: { plan: '--mix' },
  },
  availability: {
    kind: choice('replica', 'zone'),
    about: 'what may be lost at the peak',
    otherwise: 'replica',
    example: 'zone',
    flags: { plan: '--availability' },
  },
  zones: {
    kind: zones,
    about: 'zones that the replicas are spread over, with availability: zone',
    otherwise: '3',
    example: '3',
    flags: { plan: '--zones' },
    unless: ['--availability=replica'],
  },
  'replica.cpu': {
    kind: cores,
    about: 'CPU request of a replica',
    otherwise: 'as tested, else 500m',
    example: '500m',
    flags: { plan: '--replica-cpu', simulate: '--replica-cpu' },
    unless: ['--plan', '--run'],
  },
  'replica.memory': {
    kind: bytes,
    about: 'memory limit of a replica',
    otherwise: 'from the runs, else 1Gi',
    example: '1Gi',
    flags: { plan: '--replica-memory', simulate: '--replica-memory' },
    unless: ['--plan', '--run'],
  },
  'replica.startup': {
    kind: duration,
    about: 'from the start of a replica until it answers',
    otherwise: '20s',
    example: '20s',
    flags: { plan: '--startup', simulate: '--startup' },
  },
  'declared.rps': {
    kind: plain,
    about: 'requests per second at the peak; lowest..likeliest..highest where it is not known for certain',
    otherwise: 'not declared',
    example: '800..1000..1500',
    flags: { plan: '--rps' },
    unless: ['--peak'],
  },
  'declared.latency': declared(duration, 'mean time of a request', '100ms', '--latency'),
  'declared.users': declared(plain, 'users at once, each waiting for its answer', '5000', '--users'),
  'declared.tradesPerDay': declared(plain, 'trades written in a day', '5000000', '--trades-per-day'),
  'declared.avgTradeKb': declared(plain, 'storage of a trade in KB', '2', '--avg-trade-kb'),
  'declared.storageGb': declared(plain, 'storage in use now in GB', '100', '--storage-gb'),
  'declared.volumeGb': declared(
    plain,
    'size of the volume in GB, to tell when it is full',
    '500',
    '--volume-gb',
  ),
  'declared.connections': declared(plain, 'database connections now', '20', '--connections'),
  'declared.peakConnections': declared(plain, 'database connections at the peak', '40', '--peak-connections'),
  confidence: {
    kind: percent,
    about: 'that what is recommended is enough',
    otherwise: '95%',
    example: '95%',
    flags: { plan: '--confidence' },
  },
  seed: {
    kind: seed,
    about: 'of everything that is drawn by lot; the same seed gives the same plan',
    otherwise: '1',
    example: '1',
    flags: { plan: '--seed', model: '--seed', simulate: '--seed', probe: '--seed' },
  },
  worlds: {
    kind: count,
    about: 'worlds to sample for the intervals of a plan',
    otherwise: '10000',
    example: '10000',
    flags: { plan: '--worlds' },
  },
  simulate: {
    kind: yesOrNo,
    about: 'choose the autoscaler of a plan by trying it in the traffic, which takes some seconds',
    otherwise: 'true',
    example: 'false',
    flags: { plan: '--no-simulate' },
  },
  out: {
    kind: anything('a folder'),
    about: 'a folder for the plan and its manifests, written with every plan',
    otherwise: 'nothing is written',
    example: 'capacity',
    flags: { plan: '--out' },
  },
  image: {
    kind: anything('an image'),
    about: 'image in the manifests',
    otherwise: 'trading-service:latest',
    example: 'registry.example/trading-service:1.4.2',
    flags: { plan: '--image' },
  },
  kubernetes: {
    kind: release,
    about: 'the release whose autoscaler decides',
    otherwise: 'the newest that is known',
    example: '1.33',
    flags: { simulate: '--k8s' },
  },
  allowHosts: {
    kind: some(anything('a host')),
    about: 'hosts besides this machine that load may go to',
    otherwise: 'none',
    example: '[staging.example]',
    flags: { run: '--allow-host', probe: '--allow-host' },
    joins: true,
  },
  collect: {
    kind: some(anything('a source')),
    about: 'what a run reads once a second; secrets come from the environment',
    otherwise: 'nothing',
    example: `[http://127.0.0.1:3000/metrics, "postgres://fx:\${DB_PASSWORD}@127.0.0.1:5432/fx"]`,
    flags: { run: '--collect', doctor: '--collect' },
    secret: true,
  },
  'service.replicas': {
    kind: count,
    about: 'replicas that the service runs with under test, where no source tells it',
    otherwise: 'as the sources tell',
    example: '2',
    flags: { run: '--service-replicas' },
  },
  'service.cpu': {
    kind: cores,
    about: 'CPU limit of each of them',
    otherwise: 'as the sources tell',
    example: '500m',
    flags: { run: '--service-cpu' },
  },
  workers: {
    kind: workers,
    about: 'threads that make the load, or auto',
    otherwise: '1',
    example: 'auto',
    flags: { run: '--workers' },
  },
  'platform.database': {
    kind: anything('a URL'),
    about: 'a PostgreSQL for fxscale serve instead of an embedded one',
    otherwise: 'an embedded one',
    example: `"postgres://fx:\${DB_PASSWORD}@127.0.0.1:5432/fx"`,
    flags: { serve: '--database' },
    unless: ['--data', '$DATABASE_URL'],
    secret: true,
  },
  'platform.redis': {
    kind: anything('a URL'),
    about: 'a Redis for fxscale serve',
    otherwise: 'none',
    example: 'redis://127.0.0.1:6379',
    flags: { serve: '--redis' },
    unless: ['$REDIS_URL'],
    secret: true,
  },
  'platform.kafka': {
    kind: anything('a list of brokers'),
    about: 'Kafka brokers for fxscale serve',
    otherwise: 'none',
    example: '127.0.0.1:9092',
    flags: { serve: '--kafka' },
    unless: ['$KAFKA_BROKERS'],
    secret: true,
  },
};
