import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import { FxscaleError, messageOf } from './errors.ts';
import { type Budget, validateBudget, type Workload, workloadOf } from './models/hpa/budget.ts';
import { withDefaults } from './models/hpa/defaults.ts';
import { type FieldError, type FieldPath, isRecord, pathText } from './models/hpa/fields.ts';
import { hpaOf, type ScaledObject } from './models/hpa/keda.ts';
import type { Hpa, WrittenHpa } from './models/hpa/spec.ts';
import { type ApiServer, validateHpa } from './models/hpa/validate.ts';
import { validateScaledObject } from './models/hpa/validate-keda.ts';
import { defaultRelease } from './models/hpa/version.ts';

/** An HPA of a manifest: as written, and with the defaults of the API server; `scaled` is what KEDA makes it of. */
export type ReadAutoscaler = {
  readonly written: WrittenHpa;
  readonly hpa: Hpa;
  readonly scaled: ScaledObject | null;
  readonly line: number;
};

export type Manifest = {
  readonly autoscalers: readonly ReadAutoscaler[];
  readonly budgets: readonly Budget[];
  readonly workloads: readonly Workload[];
};

/** One Kubernetes object of a manifest; `path` leads to it in a List. */
type Found = { object: unknown; path: FieldPath; document: Document };

/** The name of the manifest's file, and where its lines begin. */
type Source = { name: string; lines: LineCounter };

/**
 * The HPAs, ScaledObjects and disruption budgets in the text of a YAML or JSON manifest: of one document, several, or a
 * List; objects of other kinds are left alone beside one. Throws FILE with the line and the path of the field that is
 * wrong; `name` is the file's.
 */
export function readManifest(
  text: string,
  name: string,
  server: ApiServer = { release: defaultRelease },
): Manifest {
  const source = { name, lines: new LineCounter() };
  const documents = parseDocuments(text, name, source.lines);
  const found = documents.flatMap((document) => objectsOf(document));
  const budgets = found.filter(isKind('PodDisruptionBudget'));
  const autoscalers = found.filter((each) => isHpa(each) || isScaledObject(each));
  if (autoscalers.length === 0 && budgets.length === 0) throw noHpa(found, source);
  return {
    autoscalers: autoscalers.map((each) =>
      isHpa(each) ? readHpa(each, source, server) : readScaledObject(each, source, server),
    ),
    budgets: budgets.map((each) => {
      const { budget, errors } = validateBudget(each.object);
      if (budget === null) throw firstOf(errors, each, source);
      return budget;
    }),
    workloads: found.flatMap(({ object }) => workloadOf(object) ?? []),
  };
}

function readHpa(found: Found, source: Source, server: ApiServer): ReadAutoscaler {
  const { hpa: written, errors } = validateHpa(found.object, server);
  if (written === null) throw firstOf(errors, found, source);
  return { written, hpa: withDefaults(written), scaled: null, line: lineOf(found, found.path, source) };
}

function readScaledObject(found: Found, source: Source, server: ApiServer): ReadAutoscaler {
  const { scaled, errors } = validateScaledObject(found.object, server);
  if (scaled === null) throw firstOf(errors, found, source);
  const written = hpaOf(scaled);
  return { written, hpa: withDefaults(written), scaled, line: lineOf(found, found.path, source) };
}

function firstOf(errors: readonly FieldError[], found: Found, source: Source): FxscaleError {
  const [first] = errors;
  const where = [...found.path, ...(first?.path ?? [])];
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return wrong(`${source.name}:${lineOf(found, where, source)}`, where, `${first?.text}${others}`);
}

function parseDocuments(text: string, name: string, lineCounter: LineCounter): Document[] {
  const parsed = parseAllDocuments(text, { lineCounter, prettyErrors: false, merge: true });
  const documents = Array.isArray(parsed) ? parsed : [];
  for (const { errors } of documents) {
    const [error] = errors;
    if (error === undefined) continue;
    const { line } = lineCounter.linePos(error.pos[0]);
    const why =
      error.code === 'TAB_AS_INDENT'
        ? 'a tab indents this line: YAML takes only spaces'
        : `this is not YAML: ${error.message}`;
    throw new FxscaleError('FILE', `${name}:${line}: ${why.replaceAll(/\s+/g, ' ')}`, { cause: error });
  }
  return documents;
}

function objectsOf(document: Document): Found[] {
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new FxscaleError('FILE', `the manifest cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (root === null || root === undefined) return [];
  if (!isRecord(root) || !Array.isArray(root.items) || !String(root.kind).endsWith('List'))
    return [{ object: root, path: [], document }];
  return root.items.map((object, index) => ({ object, path: ['items', index], document }));
}

function isKind(kind: string): (found: Found) => boolean {
  return ({ object }) => isRecord(object) && object.kind === kind;
}

/** By its kind, or by its `apiVersion` when the kind is misspelt. */
function isHpa({ object }: Found): boolean {
  if (!isRecord(object)) return false;
  return object.kind === 'HorizontalPodAutoscaler' || String(object.apiVersion).startsWith('autoscaling/');
}

/** Other kinds of KEDA are left alone: those that are jobs, or hold credentials. */
function isScaledObject({ object }: Found): boolean {
  if (!isRecord(object)) return false;
  const { kind, apiVersion } = object;
  const others = ['ScaledJob', 'TriggerAuthentication', 'ClusterTriggerAuthentication'];
  return (
    kind === 'ScaledObject' || (String(apiVersion).startsWith('keda.sh/') && !others.includes(String(kind)))
  );
}

function noHpa([first]: Found[], source: Source): FxscaleError {
  if (first === undefined)
    return new FxscaleError(
      'FILE',
      `${source.name}: it is empty; give a manifest with a HorizontalPodAutoscaler or a ScaledObject`,
    );
  const { object, path } = first;
  const kind = isRecord(object) ? object.kind : undefined;
  const where: FieldPath = kind === undefined ? path : [...path, 'kind'];
  const place = `${source.name}:${lineOf(first, where, source)}`;
  return kind === undefined
    ? wrong(place, [...path, 'kind'], 'is required: must be HorizontalPodAutoscaler or ScaledObject')
    : wrong(
        place,
        where,
        `is ${JSON.stringify(kind)}, and there is no HorizontalPodAutoscaler or ScaledObject beside it`,
      );
}

function wrong(place: string, path: FieldPath, text: string): FxscaleError {
  const field = path.length === 0 ? 'the manifest' : pathText(path);
  return new FxscaleError('FILE', `${place}: ${field}: ${text}`);
}

/** The line of a field, or of the nearest one around it that is there; from one. */
function lineOf({ document }: Found, path: FieldPath, { lines }: Source): number {
  let node: unknown = document.contents;
  let start = startOf(node);
  for (const part of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => (isScalar(key) ? key.value : key) === part)
      : undefined;
    node = isSeq(node) && typeof part === 'number' ? node.items[part] : pair?.value;
    const next = startOf(pair?.key) ?? startOf(isPair(node) ? node.key : node);
    if (next === undefined) break;
    start = next;
  }
  return lines.linePos(start ?? 0).line;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
