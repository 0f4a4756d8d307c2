import type { Demand, Plan } from '../../src/planners/types.ts';

/** Plans to report on: their figures go together, but no planner made them. */

const certain = (value: number) => ({ p5: value, p50: value, p95: value });

const measured = (value: number, low: number, high: number): Demand => {
  return { value, low, high, basis: 'measured', separable: true };
};
const together = (value: number, low: number, high: number): Demand => {
  const group = ['history', 'positions'];
  return { basis: 'measured', separable: false, group, together: { value, low, high } };
};
const fitted = (value: number, r2: number) => ({
  background: { value, low: value * 0.8, high: value * 1.2 },
  intervals: 52,
  seconds: 52,
  downWeighted: 1,
  r2,
  condition: 3.2,
});

const noStreams = { kafka: null, cache: null, workers: null, websockets: null };

const hpa: Plan['hpa'] = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'fx-trading' },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'fx-trading' },
    minReplicas: 6,
    maxReplicas: 21,
    metrics: [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 58 } },
      },
    ],
    behavior: {
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Percent', value: 100, periodSeconds: 15 },
          { type: 'Pods', value: 4, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 300,
        selectPolicy: 'Min',
        policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
      },
    },
  },
};

export const measuredPlan: Plan = {
  schema: 'fxscale.plan/1',
  basis: 'measured',
  inputs: {
    runs: [
      {
        id: '6f1c2a90-5b1e-4a53-9d0e-2f6b1c7d8e9a',
        script: 'trading.ts@0a1b2c3d4e5f',
        startedAt: '2026-11-22T16:40:05.123Z',
        seconds: 58.2,
        complete: true,
      },
    ],
    peak: { rate: 1000, basis: 'declared', source: 'stated' },
    growth: 0.2,
    horizonMonths: 12,
    events: [{ name: 'NFP', multiplier: 3, rise: 15, decay: 1800 }],
    slos: [
      { quantile: 0.99, seconds: 0.25 },
      { class: 'quote', quantile: 0.95, seconds: 0.05 },
    ],
    availability: 'replica',
    zones: 3,
    startup: 20,
    confidence: 0.95,
    seed: 1,
    worlds: 10_000,
    declared: {},
  },
  observed: {
    testedRate: 312.4,
    replicas: 1,
    replicaCpu: 0.5,
    mix: { quote: 0.5, trade: 0.2, history: 0.2, positions: 0.1 },
    latency: {},
    floor: {},
    memoryPeak: 182 * 2 ** 20,
    checkpoints: 0,
  },
  load: {
    peak: 1200,
    withEvents: 3600,
    mix: { quote: 0.5, trade: 0.2, history: 0.2, positions: 0.1 },
    spread: { peak: certain(1200), withEvents: certain(3600) },
  },
  demand: {
    quote: { platformCpu: measured(0.000412, 0.000391, 0.000436), walBytes: measured(0, 0, 3.1) },
    trade: {
      platformCpu: measured(0.00214, 0.00203, 0.00227),
      databaseCpu: measured(0.00131, 0.00122, 0.00141),
      connectionTime: measured(0.00387, 0.0036, 0.0042),
      walBytes: measured(2615, 2380, 2890),
      databaseWrites: measured(0.83, 0.74, 0.95),
      databaseFsyncs: measured(0.64, 0.61, 0.68),
      ioBytes: measured(9830, 8700, 11100),
      growthBytes: measured(204, 195, 213),
    },
    history: {
      platformCpu: together(0.00118, 0.00109, 0.00127),
      databaseCpu: together(0.000344, 0.00031, 0.00038),
      connectionTime: together(0.00121, 0.0011, 0.0013),
      databaseReads: together(0.052, 0, 0.11),
      ioBytes: together(426, 0, 901),
    },
    positions: {
      platformCpu: together(0.00118, 0.00109, 0.00127),
      databaseCpu: together(0.000344, 0.00031, 0.00038),
      connectionTime: together(0.00121, 0.0011, 0.0013),
      databaseReads: together(0.052, 0, 0.11),
      ioBytes: together(426, 0, 901),
    },
  },
  fits: { platformCpu: fitted(0.021, 0.992), databaseCpu: fitted(0.008, 0.97), walBytes: fitted(120, 0.61) },
  atPeak: {
    platformCpu: { value: 3.58, low: 3.4, high: 3.79, basis: 'measured' },
    databaseCpu: { value: 1.32, low: 1.22, high: 1.43, basis: 'measured' },
    connectionTime: { value: 4.1, low: 3.8, high: 4.5, basis: 'measured' },
    walBytes: { value: 1_882_800, low: 1_713_600, high: 2_080_800, basis: 'measured' },
    databaseReads: { value: 56, low: 0, high: 119, basis: 'measured' },
    databaseWrites: { value: 598, low: 533, high: 684, basis: 'measured' },
    databaseFsyncs: { value: 461, low: 439, high: 490, basis: 'measured' },
    ioBytes: { value: 7_540_000, low: 6_270_000, high: 8_970_000, basis: 'measured' },
    growthBytes: { value: 146_880, low: 140_400, high: 153_360, basis: 'measured' },
  },
  replicas: {
    p5: 13,
    p50: 14,
    p95: 16,
    recommended: 17,
    by: 'cpu',
    byCpu: 16,
    byMemory: 2,
    basis: 'measured',
  },
  cpu: {
    request: 0.5,
    limit: 0.5,
    atPeak: 3.58,
    atPeakUpper: 3.79,
    targetUtilisation: 0.58,
    saturation: 0.82,
    basis: 'measured',
  },
  memory: {
    request: 384 * 2 ** 20,
    limit: 512 * 2 ** 20,
    base: 96 * 2 ** 20,
    perConnection: 9_400,
    connections: 250,
    perRequest: 151_000,
    leak: null,
    basis: 'measured',
  },
  resources: { requests: { cpu: '500m', memory: '384Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
  hpa,
  autoscaling: {
    traffic: { name: 'fx-overlap-heavy', start: 1_780_272_000, days: 7 },
    quantile: 0.99,
    budgetSeconds: 604.8,
    tried: 35,
    metric: 'cpu',
    reason: 'cpu-enough',
    chosen: { violatedSeconds: 330, podHours: 1527, causes: { starting: 180, metricsLag: 150 } },
    analytic: { violatedSeconds: 0, podHours: 2474, causes: {} },
    document: { violatedSeconds: 145_620, podHours: 1236, causes: { atMax: 145_620 } },
    otherMetric: { violatedSeconds: 300, podHours: 1543, causes: { starting: 300 } },
    floor: null,
  },
  iops: {
    average: 310,
    peak: 1293,
    recommended: 3000,
    throughput: 8_970_000,
    volume: { name: 'gp3', iops: 3000, throughput: 125 * 2 ** 20, bytes: 150 * 2 ** 30, asOf: '2026-09-01' },
    basis: 'measured',
  },
  wal: {
    rate: 3600,
    checkpointInterval: 300,
    by: 'time',
    imageBytes: 7350,
    hotPages: 4200,
    imagesPerRequest: 0.0039,
    steadyBytesPerRequest: 494,
    bytesPerRequest: 523,
  },
  storage: {
    current: 38 * 2 ** 20,
    projected: 88 * 2 ** 30,
    growthPerDay: 252 * 2 ** 20,
    growthPerMonth: 7.4 * 2 ** 30,
    growthPerYear: 88 * 2 ** 30,
    recommended: 132 * 2 ** 30,
    daysUntilFull: null,
    currentBasis: 'measured',
    basis: 'measured',
  },
  connections: {
    current: 10,
    required: 15,
    recommended: 100,
    poolPerReplica: 4,
    holdTime: 0.0019,
    acquireWait: 0.002,
    maxConnections: 100,
    basis: 'measured',
  },
  database: { required: 1.43, recommended: 2, available: 2, basis: 'measured' },
  cost: null,
  ...noStreams,
  bottleneck: { resource: 'databaseCpu', atRate: 3810, basis: 'measured' },
  saturations: [
    { resource: 'databaseCpu', atRate: 3810, basis: 'measured' },
    { resource: 'platformCpu', atRate: 4280, basis: 'measured' },
    { resource: 'iops', atRate: 8350, basis: 'measured' },
    { resource: 'connections', atRate: 19_600, basis: 'measured' },
  ],
  findings: [
    {
      code: 'WARMUP_SKIPPED',
      severity: 'info',
      args: { run: '6f1c2a90-5b1e-4a53-9d0e-2f6b1c7d8e9a', seconds: 5 },
    },
    {
      code: 'CHECKPOINT_CYCLE_NOT_COVERED',
      severity: 'warning',
      args: { run: '6f1c2a90-5b1e-4a53-9d0e-2f6b1c7d8e9a', checkpoints: 0, seconds: 58.2, counted: false },
    },
    {
      code: 'CLASSES_NOT_SEPARABLE',
      severity: 'warning',
      args: {
        resource: 'platformCpu',
        classes: ['history', 'positions'],
        pair: ['history', 'positions'],
        condition: 48.1,
      },
    },
    {
      code: 'FIT_EXTRAPOLATES',
      severity: 'warning',
      args: { resource: 'databaseCpu', from: 312.4, to: 3600 },
    },
    {
      code: 'RISE_FASTER_THAN_PODS',
      severity: 'warning',
      args: { event: 'NFP', factor: 3, delay: 37, target: 0.33 },
    },
  ],
};

export const declaredPlan: Plan = {
  ...measuredPlan,
  basis: 'declared',
  inputs: {
    ...measuredPlan.inputs,
    runs: [],
    growth: 0,
    events: [],
    slos: [],
    declared: { rps: 1000, latency: 0.1 },
  },
  observed: null,
  load: {
    peak: 1000,
    withEvents: 1000,
    mix: { request: 1 },
    spread: { peak: certain(1000), withEvents: certain(1000) },
  },
  demand: {
    request: { platformCpu: { value: 0.01, low: 0.01, high: 0.01, basis: 'declared', separable: true } },
  },
  fits: {},
  atPeak: { platformCpu: { value: 15, low: 15, high: 15, basis: 'declared' } },
  replicas: {
    p5: 30,
    p50: 30,
    p95: 30,
    recommended: 30,
    by: 'cpu',
    byCpu: 30,
    byMemory: 8,
    basis: 'declared',
  },
  cpu: null,
  memory: {
    request: 2 ** 29,
    limit: 2 ** 30,
    base: null,
    perConnection: null,
    connections: 0,
    perRequest: null,
    leak: null,
    basis: 'declared',
  },
  resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '1', memory: '1Gi' } },
  hpa: null,
  autoscaling: null,
  iops: null,
  wal: null,
  storage: null,
  connections: null,
  database: null,
  bottleneck: null,
  saturations: [],
  findings: [
    { code: 'DECLARED_DEFAULTS', severity: 'warning', args: { figures: ['replicas', 'cpu', 'memory'] } },
  ],
};

/** Only the database was declared. */
export const storagePlan: Plan = {
  ...declaredPlan,
  inputs: {
    ...declaredPlan.inputs,
    peak: null,
    declared: { tradesPerDay: 5e6, tradeBytes: 2048, storageBytes: 1e11 },
  },
  load: null,
  demand: {},
  atPeak: {},
  replicas: null,
  memory: null,
  resources: null,
  iops: { average: 463, peak: 463, recommended: 925.9, throughput: null, volume: null, basis: 'declared' },
  storage: {
    current: 100 * 2 ** 30,
    projected: 3533 * 2 ** 30,
    growthPerDay: 9.54 * 2 ** 30,
    growthPerMonth: 286.1 * 2 ** 30,
    growthPerYear: 3433 * 2 ** 30,
    recommended: 3533 * 2 ** 30,
    daysUntilFull: 42.5,
    currentBasis: 'declared',
    basis: 'declared',
  },
  connections: {
    current: 40,
    required: 60,
    recommended: 100,
    poolPerReplica: null,
    holdTime: null,
    acquireWait: null,
    maxConnections: null,
    basis: 'declared',
  },
  findings: [{ code: 'STORAGE_FILLS', severity: 'warning', args: { days: 42.5, capacity: 500 * 2 ** 30 } }],
};
