/** What the user says of the cluster that the manifests are for. Parts that are unset leave out what needs them. */
export type ManifestSettings = {
  image: string;
  namespace?: string | undefined;
  regions: readonly string[];
  /** The name that clients use. */
  host?: string | undefined;
  gateway: 'gateway' | 'ingress' | 'both';
  gatewayClass?: string | undefined;
  /** The Secret with the certificate of `host`. */
  tlsSecret?: string | undefined;
  /** Requests per second that one client address may make. */
  clientRate?: number | undefined;
  /** Pods of the ingress controller, each of which counts for itself. */
  ingressReplicas: number;
  /** The Kafka of Strimzi in which the topics are. */
  kafkaCluster?: string | undefined;
  /** Brokers as `host:port,...`, and the Deployment that consumes. */
  kafkaBrokers?: string | undefined;
  consumer?: string | undefined;
  /** The address of Prometheus in the cluster, and the Deployment that works on queues. */
  prometheus?: string | undefined;
  worker?: string | undefined;
};
