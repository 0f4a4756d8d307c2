import { type Key, planKey } from './config-key.ts';
import { anything, choice, count, rate } from './config-kinds.ts';

/** The keys of fxscale.yaml for what is written beside a plan. */

const name = anything('a name');

export const manifestKeys: Readonly<Record<string, Key>> = {
  'manifests.namespace': planKey(name, 'their namespace', 'trading', '--namespace', 'left to kubectl'),
  'manifests.regionNames': planKey(
    anything('a list of regions'),
    'a Deployment, HPA and PDB for each of these regions',
    'eu-west-1,us-east-1',
    '--region-names',
  ),
  'manifests.host': planKey(
    anything('a host name'),
    'name that clients use: writes an Ingress or a Gateway for it',
    'trading.example.com',
    '--host',
  ),
  'manifests.gateway': planKey(
    choice('gateway', 'ingress', 'both'),
    'Gateway API, ingress-nginx, or both',
    'both',
    '--gateway',
    'ingress',
  ),
  'manifests.gatewayClass': planKey(name, 'GatewayClass of the cluster', 'istio', '--gateway-class'),
  'manifests.tlsSecret': planKey(
    name,
    'Secret with the certificate of the host',
    'trading-tls',
    '--tls-secret',
    'plain HTTP',
  ),
  'manifests.clientRate': planKey(
    rate,
    'most that one client address may ask of the Ingress',
    '200/s',
    '--client-rate',
    'no limit',
  ),
  'manifests.ingressReplicas': planKey(
    count,
    'pods of the ingress controller, which share that limit',
    '2',
    '--ingress-replicas',
    '1',
  ),
  'manifests.kafkaCluster': planKey(
    name,
    'Kafka of Strimzi: writes the topics as KafkaTopics for it',
    'trading',
    '--kafka-cluster',
  ),
  'manifests.consumer': planKey(
    name,
    'Deployment that consumes: writes a ScaledObject of KEDA for it',
    'trade-consumer',
    '--consumer',
  ),
  'manifests.kafkaBrokers': planKey(
    anything('a list of brokers'),
    'brokers whose lag scales the consumer, as the cluster reaches them',
    'kafka.trading:9092',
    '--kafka-brokers',
  ),
  'manifests.worker': planKey(
    name,
    'Deployment that works on queues: writes a ScaledObject of KEDA for it',
    'settlement-worker',
    '--worker',
  ),
  'manifests.prometheus': planKey(
    anything('a URL'),
    'Prometheus whose queue depth scales the worker',
    'http://prometheus.monitoring:9090',
    '--prometheus',
  ),
};
