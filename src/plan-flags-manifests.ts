import { Option } from 'commander';
import { notALabel } from './emit/names.ts';
import type { ManifestSettings } from './emit/settings.ts';
import { FxscaleError } from './errors.ts';
import { flag } from './flag.ts';
import { maskUrl, parseCount, parseRate } from './units.ts';

/** The image in the manifests until the user names another. */
const DEFAULT_IMAGE = 'trading-service:latest';

export const defaultSettings: ManifestSettings = {
  image: DEFAULT_IMAGE,
  regions: [],
  gateway: 'ingress',
  ingressReplicas: 1,
};

/** What the flags below say, before they are checked against each other. */
export type ManifestFlags = {
  image: string;
  namespace?: string;
  regionNames?: string[];
  host?: string;
  gateway?: ManifestSettings['gateway'];
  gatewayClass?: string;
  tlsSecret?: string;
  clientRate?: number;
  ingressReplicas?: number;
  kafkaCluster?: string;
  kafkaBrokers?: string;
  consumer?: string;
  prometheus?: string;
  worker?: string;
};

/** The flags of `fxscale plan` that say what cluster the manifests are for. */
export function manifestFlags(): Option[] {
  const named = (flags: string, what: string) => new Option(flags, what).argParser(flag(parseName));
  return [
    new Option('--image <name>', 'image in the manifests').argParser(flag(parseImage)).default(DEFAULT_IMAGE),
    named('--namespace <name>', 'namespace in the manifests (default: left to kubectl)'),
    new Option(
      '--region-names <name,...>',
      'a Deployment, HPA and PDB for each region, for example eu-west-1,us-east-1',
    ).argParser(flag(parseRegions)),
    new Option('--host <name>', 'name that clients use: writes an Ingress or a Gateway for it').argParser(
      flag(parseHost),
    ),
    new Option(
      '--gateway <which>',
      'gateway (Gateway API), ingress (ingress-nginx) or both (default: ingress)',
    ).choices(['gateway', 'ingress', 'both']),
    named('--gateway-class <name>', 'GatewayClass of the cluster, for --gateway gateway'),
    named('--tls-secret <name>', 'Secret with the certificate of --host (default: plain HTTP)'),
    new Option(
      '--client-rate <rate>',
      'most that one client address may ask of the Ingress, for example 200/s (default: no limit)',
    ).argParser(flag(parseRate)),
    new Option(
      '--ingress-replicas <count>',
      'pods of the ingress controller: each counts for itself, so each gets its share of --client-rate (default: 1)',
    ).argParser(flag(parseCount)),
    named('--kafka-cluster <name>', 'Kafka of Strimzi: writes the topics as KafkaTopics for it'),
    named('--consumer <name>', 'Deployment that consumes: writes a ScaledObject of KEDA for it'),
    new Option(
      '--kafka-brokers <host:port,...>',
      'brokers whose lag scales --consumer, as the cluster reaches them',
    ).argParser(flag(parseBrokers)),
    named('--worker <name>', 'Deployment that works on queues: writes a ScaledObject of KEDA for it'),
    new Option('--prometheus <url>', 'Prometheus whose queue depth scales --worker').argParser(
      flag(parseUrl),
    ),
  ];
}

/** Throws USAGE where flags need others that are not there. */
export function manifestSettings(flags: ManifestFlags): ManifestSettings {
  for (const { given, needs, is, why } of needed) {
    if (flags[given] === undefined || is(flags)) continue;
    throw new FxscaleError('USAGE', `${spelt(given)} ${why}: give ${needs}`);
  }
  const { image, namespace, host, gatewayClass, tlsSecret, clientRate } = flags;
  const { kafkaCluster, kafkaBrokers, consumer, prometheus, worker } = flags;
  return {
    ...{ image, namespace, host, gatewayClass, tlsSecret, clientRate },
    ...{ kafkaCluster, kafkaBrokers, consumer, prometheus, worker },
    regions: flags.regionNames ?? defaultSettings.regions,
    gateway: flags.gateway ?? defaultSettings.gateway,
    ingressReplicas: flags.ingressReplicas ?? defaultSettings.ingressReplicas,
  };
}

/** Of a plan, what the settings must go with. */
type Planned = {
  replicas: { recommended: number; regions?: { count: number } | null } | null;
  hpa: { metadata: { name: string } } | null;
};

/** Throws USAGE for another number of regions than the plan was made for, and for two autoscalers with one target. */
export function checkSettings({ replicas, hpa }: Planned, { regions, ...settings }: ManifestSettings): void {
  const planned = replicas?.regions?.count;
  if (regions.length > 0 && planned !== undefined && planned !== regions.length) {
    const why = `names ${regions.length}, and the plan is for ${planned}: name as many`;
    throw new FxscaleError('USAGE', `--region-names ${why}`);
  }
  const { consumer, worker } = settings;
  const taken = [consumer, worker].find((name) => name !== undefined && name === hpa?.metadata.name);
  const twice = consumer !== undefined && consumer === worker ? consumer : taken;
  if (twice === undefined) return;
  const why = `${twice} is scaled by something else already: name another Deployment`;
  throw new FxscaleError('USAGE', `${twice === consumer ? '--consumer' : '--worker'} ${why}`);
}

type Need = { given: keyof ManifestFlags; needs: string; is: (flags: ManifestFlags) => boolean; why: string };

const hasHost = ({ host }: ManifestFlags) => host !== undefined;
const hasGateway = ({ gateway = 'ingress' }: ManifestFlags) => gateway !== 'ingress';
const hasIngress = ({ gateway = 'ingress' }: ManifestFlags) => gateway !== 'gateway';

const needed: readonly Need[] = [
  { given: 'gateway', needs: '--host', is: hasHost, why: 'routes a host name' },
  {
    given: 'gateway',
    needs: '--gateway-class, or --gateway ingress',
    is: (flags) => !hasGateway(flags) || flags.gatewayClass !== undefined,
    why: 'needs the class of the cluster',
  },
  { given: 'gatewayClass', needs: '--gateway gateway', is: hasGateway, why: 'is for Gateway API' },
  { given: 'tlsSecret', needs: '--host', is: hasHost, why: 'is the certificate of a host name' },
  { given: 'clientRate', needs: '--host', is: hasHost, why: 'is a limit of the Ingress' },
  {
    given: 'clientRate',
    needs: '--gateway ingress or both',
    is: hasIngress,
    why: 'is a limit of the Ingress, which Gateway API does not have',
  },
  {
    given: 'ingressReplicas',
    needs: '--client-rate',
    is: ({ clientRate }) => clientRate !== undefined,
    why: 'divides a limit',
  },
  ...together('consumer', 'kafkaBrokers', 'scales by the lag that brokers tell'),
  ...together('worker', 'prometheus', 'scales by the queue depth that Prometheus tells'),
];

/** Neither of two flags is of any use without the other. */
function together(a: keyof ManifestFlags, b: keyof ManifestFlags, why: string): Need[] {
  return [
    { given: a, needs: spelt(b), is: (flags) => flags[b] !== undefined, why },
    { given: b, needs: spelt(a), is: (flags) => flags[a] !== undefined, why: `is for ${spelt(a)}` },
  ];
}

/** A flag as it is written on the command line. */
function spelt(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** As the registries have it, but for the lengths of its parts: host, path, tag, digest. */
function parseImage(text: string): string {
  if (/^[a-z0-9][\w./-]*(?::\d+\/[\w./-]+)?(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/i.test(text)) return text;
  const right = 'write for example registry.example/trading-service:1.4.2';
  throw new FxscaleError('USAGE', `${JSON.stringify(text)} is not an image: ${right}`);
}

function parseName(text: string): string {
  const why = notALabel(text);
  if (why !== null) throw new FxscaleError('USAGE', why);
  return text;
}

/** A region's name stands in names of 63 characters behind that of the service. */
const LONGEST_REGION = 40;

function parseRegions(text: string): string[] {
  const regions = text.split(',');
  const bad = regions.find((region) => notALabel(region) !== null || region.length > LONGEST_REGION);
  const twice = regions.find((region, index) => regions.indexOf(region) !== index);
  if (bad === undefined && twice === undefined) return regions;
  const why = bad === undefined ? `names ${twice} twice` : 'is not a list of regions';
  throw new FxscaleError('USAGE', `${JSON.stringify(text)} ${why}: write for example eu-west-1,us-east-1`);
}

function parseHost(text: string): string {
  const right = text.length <= 253 && text.split('.').every((part) => notALabel(part) === null);
  if (right && text.includes('.')) return text;
  throw new FxscaleError(
    'USAGE',
    `${JSON.stringify(text)} is not a host name: write for example trading.example.com`,
  );
}

function parseBrokers(text: string): string {
  const right = text.split(',').every((each) => /^[A-Za-z0-9.-]+:\d{1,5}$/.test(each));
  if (right) return text;
  const why = `${JSON.stringify(text)} is not a list of brokers: write for example kafka-bootstrap:9092`;
  throw new FxscaleError('USAGE', why);
}

function parseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  const why = `${maskUrl(text)} is not an address of HTTP: write for example http://prometheus.monitoring:9090`;
  throw new FxscaleError('USAGE', why);
}
