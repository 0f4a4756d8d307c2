import { isMap, isNode, LineCounter, type Pair, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Key } from './config-key.ts';
import { keys } from './config-keys.ts';
import { FxscaleError } from './errors.ts';

/** What a key of the file gives to the flag that it stands for. */
export type Setting = { name: string; key: Key; texts: readonly string[]; where: string };
export type Config = { file: string; settings: readonly Setting[] };

const groups = [...new Set(Object.keys(keys).flatMap((name) => name.split('.').slice(0, -1)))];

const shape = z.strictObject({
  ...schemasOf(''),
  // All keys of a group may be commented out.
  ...Object.fromEntries(
    groups.map((group) => [
      group,
      z
        .strictObject(schemasOf(`${group}.`))
        .nullable()
        .optional(),
    ]),
  ),
});

function schemasOf(prefix: string): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(keys)
      .filter(([name]) => name.startsWith(prefix) && !name.slice(prefix.length).includes('.'))
      .map(([name, { kind, about, otherwise, example }]) => [
        name.slice(prefix.length),
        kind.schema
          .meta({
            description: `${about} (default: ${otherwise})`,
            examples: [parseDocument(example).toJS()],
          })
          .optional(),
      ]),
  );
}

/** The schema of fxscale.yaml for editors: JSON Schema, draft 7, which all of them know. */
export function configSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(shape, { target: 'draft-7', io: 'input' });
  return {
    $schema,
    title: 'fxscale.yaml',
    description: 'What fxscale is told by a file: flags win.',
    ...rest,
  };
}

/**
 * The settings in `text`, YAML or JSON, that came from `file`. Throws FILE with line and column, the key, what is wrong
 * with it and what would be right.
 */
export function parseConfig(text: string, file: string): Config {
  const lines = new LineCounter();
  // Every scalar as it is written: 1.30 is a release of Kubernetes, and not 1.3.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines, prettyErrors: false });
  const whereIs = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken) throw new FxscaleError('FILE', `${whereIs(broken.pos[0])}: ${yamlFault(broken)}`);
  const content: unknown = withoutEmptyGroups(document.toJS());
  if (content === '' || content === null) return { file, settings: [] };
  /** Of what is at `path`, or around it where that is missing. */
  const offsetOf = (path: readonly PropertyKey[]): number => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true);
    return isNode(node) ? (node.range?.[0] ?? 0) : offsetOf(path.slice(0, -1));
  };
  const checked = shape.safeParse(content);
  const issue = checked.error && deepest(checked.error.issues);
  if (issue?.code === 'unrecognized_keys') {
    const [unknown = ''] = issue.keys;
    const parent = document.getIn(issue.path, true);
    const holder = isMap(parent) ? parent : document.contents;
    const pair = isMap(holder) ? holder.items.find((item: Pair) => String(item.key) === unknown) : undefined;
    const at = isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0;
    throw new FxscaleError('FILE', `${whereIs(at)}: ${unknownKey([...issue.path, unknown].join('.'))}`);
  }
  if (issue) {
    throw new FxscaleError('FILE', `${whereIs(offsetOf(issue.path))}: ${wrongValue(issue.path, content)}`);
  }
  const settings = Object.entries(keys).flatMap(([name, key]): Setting[] => {
    const value = valueAt(content, name.split('.'));
    if (value === undefined) return [];
    return [{ name, key, texts: key.kind.texts(value), where: whereIs(offsetOf(name.split('.'))) }];
  });
  checkTogether(settings);
  return { file, settings };
}

/** `text` with what the environment has for every `${NAME}` in it. Throws FILE for a name that it has not. */
export function fillIn(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  { where, name }: Setting,
): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => {
    const value = env[variable];
    if (value !== undefined) return value;
    throw new FxscaleError(
      'FILE',
      `${where}: ${name}: \${${variable}} is not in the environment: export ${variable}`,
    );
  });
}

type Issue = z.core.$ZodIssue;

/** Of the ways in which a value is none of what it may be, the one that is nearest to what was meant. */
function deepest(issues: readonly Issue[]): Issue | undefined {
  const found = issues.slice(0, 1).flatMap((issue) => [
    issue,
    ...(issue.code === 'invalid_union' ? issue.errors : []).flatMap((branch) => {
      const inside = deepest(branch);
      return inside ? [{ ...inside, path: [...issue.path, ...inside.path] }] : [];
    }),
  ]);
  return found.toSorted((a, b) => b.path.length - a.path.length)[0];
}

function yamlFault({ code, message }: { code: string; message: string }): string {
  if (code === 'TAB_AS_INDENT') return 'a tab cannot indent: write spaces';
  if (code === 'DUPLICATE_KEY') return 'this key is here twice: leave one out';
  return `this is not YAML: ${message.replaceAll(/\s+/g, ' ')}`;
}

function withoutEmptyGroups(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return content;
  return Object.fromEntries(
    Object.entries(content).filter(([name, value]) => !(groups.includes(name) && value === '')),
  );
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    content,
  );
}

function wrongValue(path: readonly PropertyKey[], content: unknown): string {
  if (path.length === 0) return 'this is no list of keys: write for example peak: 12000/s';
  const name = Object.keys(keys).find(
    (each) => each === path[0] || each === path.slice(0, 2).map(String).join('.'),
  );
  const key = name === undefined ? undefined : keys[name];
  const value = valueAt(content, path);
  if (key === undefined) {
    const [inside = ''] = Object.keys(keys).filter((each) => each.startsWith(`${String(path[0])}.`));
    return `${String(path[0])}: ${shown(value)} is no group of keys: write for example ${inside.replace('.', ': { ')}: ${keys[inside]?.example} }`;
  }
  const isPart = path.some((part) => typeof part === 'number') && typeof path.at(-1) === 'string';
  const text =
    value === '' || value === undefined
      ? 'there is no value'
      : `${shown(value)} is not ${isPart ? `right in ${key.kind.what}` : key.kind.what}`;
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${place.slice(1)}: ${text}: write for example ${key.example}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : JSON.stringify(value);
}

/** What two keys say together. */
function checkTogether(settings: readonly Setting[]): void {
  const find = (wanted: string) => settings.find(({ name }) => name === wanted);
  const [peak, rps, zones] = ['peak', 'declared.rps', 'zones'].map(find);
  if (peak && rps) {
    throw new FxscaleError('FILE', `${rps.where}: peak and declared.rps both state the load: leave one out`);
  }
  if (zones && find('availability')?.texts[0] !== 'zone') {
    throw new FxscaleError(
      'FILE',
      `${zones.where}: zones: has an effect only with availability: zone: add it, or leave zones out`,
    );
  }
}

function unknownKey(name: string): string {
  const near = nearest(name);
  const right = near === undefined ? `write one of ${Object.keys(keys).join(', ')}` : `did you mean ${near}?`;
  return `there is no key ${name}: ${right}`;
}

/** The key that is spelt most like `name`, or like its last part, or whose flag is; undefined when none is alike. */
function nearest(name: string): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const wanted = [name, name.slice(name.lastIndexOf('.') + 1)].map(plain);
  const ranked = Object.entries(keys)
    .map(([key, { flags }]) => {
      const names = [key, key.slice(key.indexOf('.') + 1), ...Object.values(flags)].map(plain);
      const distances = wanted.flatMap((one) => names.map((other) => edits(one, other)));
      return { key, distance: Math.min(...distances) };
    })
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  const most = Math.max(1, Math.floor(Math.min(...wanted.map(({ length }) => length)) / 3));
  return best !== undefined && best.distance <= most ? best.key : undefined;
}

/** Letters to put in, take out or change to make one word of another (V. Levenshtein, 1966). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
