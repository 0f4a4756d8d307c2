import { parseQuantity } from '../models/hpa/quantity.ts';

type Quantities = Record<string, string>;
export type Port = { name?: string; port?: number; containerPort?: number };
export type Container = {
  name: string;
  ports?: Port[];
  resources?: { requests?: Quantities; limits?: Quantities };
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
} & Record<'startupProbe' | 'readinessProbe' | 'livenessProbe', { httpGet?: { port: string | number } }>;

export function badResources({ name, resources }: Container): string[] {
  const { requests = {}, limits = {} } = resources ?? {};
  const bad = [...Object.values(requests), ...Object.values(limits)].flatMap(badQuantity);
  if (bad.length > 0) return bad;
  return Object.entries(requests).flatMap(([resource, request]) => {
    const limit = limits[resource];
    const above = limit !== undefined && parseQuantity(request).nano > parseQuantity(limit).nano;
    return above ? [`${name} requests ${request} ${resource}, more than its limit ${limit}`] : [];
  });
}

export function badQuantity(text: string): string[] {
  try {
    return parseQuantity(text).nano > 0n ? [] : [`${JSON.stringify(text)} is not above zero`];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [error.message];
  }
}

/** The targets of an autoscaler's metrics. */
export function quantitiesIn(spec: unknown): string[] {
  if (typeof spec !== 'object' || spec === null) return [];
  return Object.entries(spec).flatMap(([key, value]) =>
    (key === 'averageValue' || key === 'value') && typeof value === 'string' ? [value] : quantitiesIn(value),
  );
}

export function badProbes(container: Container): string[] {
  const ports = [container.startupProbe, container.readinessProbe, container.livenessProbe].flatMap(
    (probe) => probe?.httpGet?.port ?? [],
  );
  return ports
    .filter((port) => !hasPort(container, port))
    .map((port) => `${container.name} is probed at port ${port}, which it does not have`);
}

export function hasPort({ ports = [] }: Container, wanted: string | number): boolean {
  return ports.some(({ name, containerPort }) => wanted === name || wanted === containerPort);
}
