/** A rule of Prometheus, as rule files and the PrometheusRule of prometheus-operator have it. */
export type Rule =
  | { record: string; expr: string; labels?: Record<string, string> }
  | {
      alert: string;
      expr: string;
      for?: string;
      labels: { severity: 'critical' | 'warning' } & Record<string, string>;
      annotations: { summary: string; description: string };
    };

export type RuleGroup = { name: string; rules: Rule[] };

/**
 * What the rules are about: `service` is the name of its objects, of its region where there are several, and the `job` of
 * its series; `container` is what its pods call theirs.
 */
export type Target = { service: string; container: string; namespace?: string | undefined };

/** The matchers of the service's own series. */
export function ofService({ service, namespace }: Target): string {
  return `job="${service}"${inNamespace(namespace)}`;
}

/** The matchers of what the cluster tells of its containers. */
export function ofContainer({ service, container, namespace }: Target): string {
  return `container="${container}",pod=~"${service}-.+"${inNamespace(namespace)}`;
}

export function inNamespace(namespace: string | undefined): string {
  return namespace === undefined ? '' : `,namespace="${namespace}"`;
}

/** A figure in an expression: six digits, without what binary fractions add to it. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}
