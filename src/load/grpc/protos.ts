import path from 'node:path';
import { GoError } from '../go-error.ts';
import { FileRefusal } from '../opened-files.ts';
import { protobufLibrary, type Root, type Type } from './library.ts';

/** A method of a service, by its path `/package.Service/Method`. */
export type Method = {
  readonly path: string;
  readonly service: string;
  readonly name: string;
  readonly request: Type;
  readonly response: Type;
  readonly clientStream: boolean;
  readonly serverStream: boolean;
};

/** A method as `client.load` tells of it. */
export type MethodInfo = {
  package: string;
  service: string;
  full_method: string;
  name: string;
  is_client_stream: boolean;
  is_server_stream: boolean;
};

/** Reads a file; throws a FileRefusal. */
export type ReadFile = (path: string) => Uint8Array;

/**
 * The definitions in `files`, which are looked for in `folders`, and in what they import. Throws GoError with k6's
 * words for a file that is not there, and for one that is no definition.
 */
export function loadProtos(folders: readonly string[], files: readonly string[], read: ReadFile): Root {
  const { Root } = protobufLibrary();
  const root = new Root();
  const known = new Set<string>();
  for (const file of files) addFile(root, file, folders, read, known);
  root.resolveAll();
  return root;
}

function addFile(
  root: Root,
  file: string,
  folders: readonly string[],
  read: ReadFile,
  known: Set<string>,
): void {
  if (known.has(file)) return;
  known.add(file);
  const { common, parse } = protobufLibrary();
  const standard = common.get(file) as { nested?: Record<string, never> } | null;
  if (standard !== null) {
    root.addJSON(standard.nested ?? {});
    return;
  }
  const text = findFile(file, folders, read);
  let imports: readonly string[];
  try {
    const parsed = parse(text, root, { keepCase: true, alternateCommentMode: false });
    imports = [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])];
  } catch (cause) {
    throw new GoError(`${file}: syntax error: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  for (const each of imports) addFile(root, each, folders, read, known);
}

function findFile(file: string, folders: readonly string[], read: ReadFile): string {
  let tried = file;
  for (const folder of folders) {
    tried = path.resolve(folder, file);
    try {
      const bytes = read(tried);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    } catch (error) {
      if (!(error instanceof FileRefusal)) throw error;
    }
  }
  throw new GoError(`stat ${tried}: no such file or directory`);
}

/** The definitions of a serialised FileDescriptorSet. Throws GoError for bytes that are none. */
export function readProtoset(bytes: Uint8Array): Root {
  const { Root } = protobufLibrary();
  try {
    const root = (Root as unknown as { fromDescriptor(set: Uint8Array): Root }).fromDescriptor(bytes);
    root.resolveAll();
    return root;
  } catch (cause) {
    throw new GoError(`couldn't unmarshal protoset file: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** The methods of all services in `root`. */
export function methodsOf(root: Root): Method[] {
  const { Namespace, Service } = protobufLibrary();
  const found: Method[] = [];
  const visit = (space: InstanceType<typeof Namespace>): void => {
    for (const each of space.nestedArray) {
      if (each instanceof Service) {
        const service = each.fullName.replace(/^\./, '');
        for (const method of each.methodsArray) {
          method.resolve();
          const { resolvedRequestType: request, resolvedResponseType: response, name } = method;
          if (request === null || response === null) continue;
          const { requestStream: clientStream = false, responseStream: serverStream = false } = method;
          found.push({
            path: `/${service}/${name}`,
            ...{ service, name, request, response },
            ...{ clientStream: clientStream === true, serverStream: serverStream === true },
          });
        }
      } else if (each instanceof Namespace) visit(each);
    }
  };
  visit(root);
  return found;
}

export function infoOf({ path: full_method, service, name, clientStream, serverStream }: Method): MethodInfo {
  const dot = service.lastIndexOf('.');
  return {
    package: service.slice(0, Math.max(0, dot)),
    service: service.slice(dot + 1),
    full_method,
    name,
    is_client_stream: clientStream,
    is_server_stream: serverStream,
  };
}
