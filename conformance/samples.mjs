/** Samples of `--out json`, by metric: its definition, and count and sum of the samples of each tag set. */
export function readSeries(text) {
  const metrics = new Map();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const { type, metric: name, data } = JSON.parse(line);
    const metric = metrics.get(name) ?? { definition: undefined, sets: new Map() };
    metrics.set(name, metric);
    if (type === 'Metric') metric.definition = data;
    else add(metric.sets, data);
  }
  return metrics;
}

function add(sets, { value, tags, metadata }) {
  const key = keyOf({ ...tags, ...(metadata && { metadata: keyOf(metadata) }) });
  const set = sets.get(key) ?? { count: 0, sum: 0 };
  sets.set(key, set);
  set.count++;
  set.sum += value;
}

function keyOf(tags) {
  return Object.keys(tags ?? {})
    .sort()
    .map((name) => `${name}=${tags[name]}`)
    .join(' ');
}
