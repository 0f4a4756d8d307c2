export type Labels = [name: string, value: string][];

/**
 * `name{label="value",…}`, labels sorted by name. The values are escaped already, as on a page in the text format;
 * a label without a value is left out, as it means the same.
 */
export function seriesName(name: string, labels: Labels): string {
  const given = labels.filter(([, value]) => value !== '');
  if (given.length === 0) return name;
  given.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${name}{${given.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}

/** A label's value as the text format and PromQL write it between double quotes. */
export function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** The same of labels as they are: their values are escaped here. */
export function labelled(name: string, labels: Readonly<Record<string, string>>): string {
  return seriesName(
    name,
    Object.entries(labels).map(([label, value]) => [label, escapeLabel(value)]),
  );
}
