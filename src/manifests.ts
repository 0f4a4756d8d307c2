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
import { withDefaults } from './models/hpa/defaults.ts';
import { type FieldPath, isRecord, pathText } from './models/hpa/fields.ts';
import type { Hpa, WrittenHpa } from './models/hpa/spec.ts';
import { type ApiServer, validateHpa } from './models/hpa/validate.ts';
import { defaultRelease } from './models/hpa/version.ts';

/** An HPA of a manifest: as written, and with the defaults of the API server. */
export type ReadHpa = { readonly written: WrittenHpa; readonly hpa: Hpa; readonly line: number };

/** One Kubernetes object of a manifest; `path` leads to it in a List. */
type Found = { object: unknown; path: FieldPath; document: Document };

/**
 * The HPAs in the text of a YAML or JSON manifest: of one document, several, or a List; objects of other kinds are left
 * alone if there is an HPA. Throws FILE with the line and the path of the field that is wrong; `name` is the file's.
 */
export function readHpa(
  text: string,
  name: string,
  server: ApiServer = { release: defaultRelease },
): ReadHpa[] {
  const lines = new LineCounter();
  const documents = parseDocuments(text, name, lines);
  const found = documents.flatMap((document) => objectsOf(document));
  const autoscalers = found.filter(({ object }) => isRecord(object) && looksLikeHpa(object));
  if (autoscalers.length === 0) throw noHpa(found, name, lines);
  return autoscalers.map(({ object, path, document }) => {
    const { hpa: written, errors } = validateHpa(object, server);
    const line = lineOf(document, path, lines);
    if (written !== null) return { written, hpa: withDefaults(written), line };
    const [first] = errors;
    const where = [...path, ...(first?.path ?? [])];
    const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw wrong(`${name}:${lineOf(document, where, lines)}`, where, `${first?.text}${others}`);
  });
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

/** By its kind, or by its `apiVersion` when the kind is misspelt. */
function looksLikeHpa({ kind, apiVersion }: Record<string, unknown>): boolean {
  return kind === 'HorizontalPodAutoscaler' || String(apiVersion).startsWith('autoscaling/');
}

function noHpa([first]: Found[], name: string, lines: LineCounter): FxscaleError {
  if (first === undefined)
    return new FxscaleError('FILE', `${name}: it is empty; give a manifest with a HorizontalPodAutoscaler`);
  const { object, path, document } = first;
  const kind = isRecord(object) ? object.kind : undefined;
  const where: FieldPath = kind === undefined ? path : [...path, 'kind'];
  const place = `${name}:${lineOf(document, where, lines)}`;
  const text = 'there is no HorizontalPodAutoscaler';
  return kind === undefined
    ? wrong(place, [...path, 'kind'], `is required: must be HorizontalPodAutoscaler`)
    : wrong(place, where, `is ${JSON.stringify(kind)}, and ${text} beside it`);
}

function wrong(place: string, path: FieldPath, text: string): FxscaleError {
  const field = path.length === 0 ? 'the manifest' : pathText(path);
  return new FxscaleError('FILE', `${place}: ${field}: ${text}`);
}

/** The line of a field, or of the nearest one around it that is there; from one. */
function lineOf(document: Document, path: FieldPath, lines: LineCounter): number {
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
