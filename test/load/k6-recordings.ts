import { readFileSync } from 'node:fs';

/** A log line in logfmt: level, message and what else it says, without its time. */
export type LogLine = Readonly<Record<string, string>>;

/** The log lines among `text`, which may hold other lines too. */
export function readLog(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('time='))
    .map((line) => {
      const fields = line.matchAll(/([\w.]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g);
      const { time: _time, ...rest } = Object.fromEntries(
        [...fields].map(([, name, quoted, plain]) => [name, quoted === undefined ? plain : unquote(quoted)]),
      ) as Record<string, string>;
      return rest;
    });
}

function unquote(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text; // Go has a few escapes that JSON has not.
  }
}

/** How many samples each metric has with each set of tags, from the lines of `--out json`. */
export function countSamples(file: string): Map<string, Map<string, number>> {
  const metrics = new Map<string, Map<string, number>>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    const { type, metric, data } = JSON.parse(line) as {
      type: string;
      metric: string;
      data: { tags?: Record<string, string> };
    };
    const counts = metrics.get(metric) ?? new Map<string, number>();
    metrics.set(metric, counts);
    if (type !== 'Point') continue;
    const tags = Object.entries(data.tags ?? {}).map(([name, value]) => `${name}=${value}`);
    const key = tags.sort().join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return metrics;
}

/** `text` with the keys of every JSON object in it in order: k6's are in the order of Go's maps, that is in none. */
export function sortObjects(text: string): string {
  for (let from = text.indexOf('{"'); from !== -1; from = text.indexOf('{"', from + 1)) {
    for (let to = text.lastIndexOf('}'); to > from; to = text.lastIndexOf('}', to - 1)) {
      const sorted = inOrder(text.slice(from, to + 1));
      if (sorted !== undefined) return text.slice(0, from) + sorted + sortObjects(text.slice(to + 1));
    }
  }
  return text;
}

function inOrder(json: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(json), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
    );
  } catch {
    return undefined;
  }
}
