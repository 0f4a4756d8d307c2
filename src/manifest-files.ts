import { stringify } from 'yaml';
import { adapterConfig } from './emit/adapter.ts';
import { alertGroups, prometheusRule } from './emit/alerts/prometheus-rule.ts';
import { chart, values } from './emit/helm.ts';
import { inconsistencies } from './emit/inconsistencies.ts';
import { kafkaTopics, topicList } from './emit/kafka-topics.ts';
import { scaledObjects } from './emit/keda.ts';
import { base, nameReferences, overlay } from './emit/kustomize.ts';
import type { KubernetesObject, Place } from './emit/object.ts';
import { partitionSql } from './emit/partitions.ts';
import { podMonitor } from './emit/pod-monitor.ts';
import { configuration, poolerSettings, postgresSettings } from './emit/postgres.ts';
import { serviceObjects } from './emit/service-objects.ts';
import type { ManifestSettings } from './emit/settings.ts';
import type { Tiers } from './emit/tiers.ts';
import { FxscaleError } from './errors.ts';
import type { Plan } from './planners/types.ts';

/** Texts by the names of their files, below the plan's folder. */
export type Files = Record<string, string>;

/** The name of the file in which kustomize finds what refers to what. */
const REFERENCES = 'name-references.yaml';

/**
 * Everything that runs the plan: plain manifests, the same for kustomize and Helm, what Prometheus and its adapter need,
 * and the settings of the database. With regions, each has objects of its own. `templates` are those of the Helm chart,
 * `now` is in seconds since 1970. Throws INTERNAL when the objects do not fit together.
 */
export function manifestFiles(plan: Plan, settings: ManifestSettings, templates: Files, now: number): Files {
  const { namespace, regions } = settings;
  const places: Place[] =
    regions.length === 0 ? [{ namespace }] : regions.map((region) => ({ namespace, region }));
  const running = places.map((place) => ({ place, objects: serviceObjects(plan, settings, place.region) }));
  const monitoring = places.map((place) => ({
    place,
    objects: { 'pod-monitor': podMonitor(plan, place), 'prometheus-rule': prometheusRule(plan, place) },
  }));
  const all = [
    ...[...running, ...monitoring].flatMap(({ objects }) => Object.values(objects)),
    ...kafkaTopics(plan.kafka?.topics ?? [], settings),
    ...scaledObjects(plan, settings),
  ];
  refuseFaults(all.filter((object) => object !== undefined));
  return {
    ...placed('manifests', running),
    ...placed('monitoring', monitoring),
    ...kustomization(plan, settings),
    ...helm(plan, settings, templates),
    ...prometheus(plan, places),
    ...streams(plan, settings),
    ...database(plan, now),
  };
}

function refuseFaults(objects: readonly KubernetesObject[]): void {
  const faults = inconsistencies(objects);
  if (faults.length === 0) return;
  throw new FxscaleError(
    'INTERNAL',
    `the manifests do not fit together: ${faults.join('; ')}; nothing was written: please report this`,
  );
}

type Placed = { place: Place; objects: Record<string, KubernetesObject | undefined> };

function placed(folder: string, places: readonly Placed[]): Files {
  return Object.assign(
    {},
    ...places.map(({ place: { region }, objects }) =>
      yamlFiles(region === undefined ? folder : `${folder}/${region}`, objects),
    ),
  );
}

function yamlFiles(folder: string, objects: Record<string, object | undefined>): Files {
  return Object.fromEntries(
    Object.entries(objects).flatMap(([name, object]) =>
      object === undefined ? [] : [[`${folder}/${name}.yaml`, yaml(object)]],
    ),
  );
}

/** The folded style would make one line of a rule several, and an alias is more than some readers can do. */
function yaml(value: object): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function kustomization(plan: Plan, settings: ManifestSettings): Files {
  const objects = serviceObjects(plan, settings);
  const names = Object.keys(objects);
  if (names.length === 0) return {};
  const overlays = settings.regions.map((region) => {
    const folder = `kustomize/overlays/${region}`;
    const made = overlay(region, Object.values(objects), REFERENCES);
    return yamlFiles(folder, {
      kustomization: made,
      ...('configurations' in made ? { 'name-references': nameReferences } : {}),
    });
  });
  return Object.assign(
    yamlFiles('kustomize/base', { kustomization: base(names.map((name) => `${name}.yaml`)), ...objects }),
    ...overlays,
  );
}

/** One chart; the values of a region are a file of their own beside those of no region. */
function helm(plan: Plan, settings: ManifestSettings, templates: Files): Files {
  if (plan.hpa === null) return {};
  const valuesIn = (region?: string) => {
    const place = { namespace: settings.namespace, region };
    return values(serviceObjects(plan, settings, region), podMonitor(plan, place), alertGroups(plan, place));
  };
  const regional = settings.regions.map((region) => [`values-${region}`, valuesIn(region)]);
  return {
    ...yamlFiles('helm', {
      Chart: chart(plan.hpa.metadata.name, settings.image),
      values: valuesIn(),
      ...Object.fromEntries(regional),
    }),
    ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`helm/templates/${name}`, text])),
  };
}

function prometheus(plan: Plan, places: readonly Place[]): Files {
  const groups = places.flatMap((place) => alertGroups(plan, place));
  const adapter = adapterConfig(plan);
  return yamlFiles('prometheus', {
    alerts: groups.length === 0 ? undefined : { groups },
    'adapter-config': adapter,
    // The same rules for the adapter's Helm chart.
    'adapter-values': adapter && { rules: { custom: adapter.rules, external: adapter.externalRules } },
  });
}

function streams(plan: Tiers, settings: ManifestSettings): Files {
  const topics = topicList(plan.kafka?.topics ?? []);
  const named = (objects: readonly KubernetesObject[]) =>
    Object.fromEntries(objects.map((object) => [object.metadata.name, object]));
  return {
    ...(topics.length === 0 ? {} : { 'kafka/topics.json': `${JSON.stringify(topics, null, 2)}\n` }),
    ...yamlFiles('kafka', named(kafkaTopics(plan.kafka?.topics ?? [], settings))),
    ...yamlFiles('keda', named(scaledObjects(plan, settings))),
  };
}

function database(plan: Plan, now: number): Files {
  const settings = postgresSettings(plan);
  const pooler = poolerSettings(plan);
  const partitions = partitionSql(plan, now);
  return {
    ...(settings.length === 0 ? {} : { 'postgres/postgresql.conf': configuration(settings) }),
    ...(pooler.length === 0 ? {} : { 'pgbouncer/pgbouncer.ini': configuration(pooler, 'pgbouncer') }),
    ...(partitions === undefined ? {} : { 'postgres/partitions.sql': partitions }),
  };
}
