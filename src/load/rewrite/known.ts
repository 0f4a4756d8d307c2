import type { SupportedModules } from '../script.ts';
import type { Slot } from './flow.ts';
import { Heap } from './heap.ts';
import { HostValue, NativeValue, ObjectValue } from './values.ts';

/** Methods that every function has, which do not belong to the function's own kind. */
const functionMethods = new Set(['call', 'apply', 'bind']);

type EngineMethods = { keeping: Set<string>; calling: Set<string>; promising: Set<string> };

function methodsOf(modules: SupportedModules): EngineMethods {
  const methods: EngineMethods = {
    keeping: new Set(['on', 'once', 'addEventListener']),
    calling: new Set(),
    promising: new Set(),
  };
  for (const { handlerMethods = [], callbackMethods = [], promiseMethods = [] } of modules.values()) {
    for (const name of handlerMethods) methods.keeping.add(name);
    for (const name of callbackMethods) methods.calling.add(name);
    for (const name of promiseMethods) methods.promising.add(name);
  }
  return methods;
}

/** The values that are there before the script is: k6's exports, JavaScript's own globals, and what stands for more. */
export class Known {
  readonly flow = new Heap();
  /** Always empty. */
  readonly nothing = this.flow.slot();
  readonly external = new ObjectValue(this.flow, 'external');
  readonly library = new ObjectValue(this.flow, 'library');
  /** Marks what may be a promise; what it resolves to flows beside it. */
  readonly promise = new ObjectValue(this.flow, 'promise');
  readonly externalSlot = this.flow.slot(this.external);
  readonly librarySlot = this.flow.slot(this.library);
  /** Names of methods of the engine's objects, by what the method does with functions or gives. */
  readonly methods: EngineMethods;
  readonly #isModelled: (path: string) => boolean;
  readonly #modules: SupportedModules;
  readonly #hosts = new Map<string, HostValue>();
  readonly #natives = new Map<string, NativeValue>();

  /** `isModelled` says which of JavaScript's own functions the analysis knows, by path. */
  constructor(modules: SupportedModules, isModelled: (path: string) => boolean) {
    this.#isModelled = isModelled;
    this.#modules = modules;
    this.methods = methodsOf(modules);
    this.external.unknown.add(this.external);
    this.library.unknown.add(this.library);
  }

  /** A k6 module, or its export `name`; a module's `default` is the module. */
  host(module: string, name?: string): HostValue | undefined {
    const surface = this.#modules.get(module);
    if (!surface) return undefined;
    const key = name === undefined || name === 'default' ? undefined : name;
    const id = `${module} ${key ?? ''}`;
    const host = this.#hosts.get(id) ?? new HostValue(this.flow, module, key, surface);
    this.#hosts.set(id, host);
    return host;
  }

  /** All of k6's modules. */
  hosts(): HostValue[] {
    return [...this.#modules.keys()].flatMap((module) => this.host(module) ?? []);
  }

  native(path: string): NativeValue {
    const native = this.#natives.get(path) ?? new NativeValue(this.flow, path);
    this.#natives.set(path, native);
    return native;
  }

  /** Adds to `to` what `key` of `host` is; without a key, all that the module exports. */
  addExport(host: HostValue, key: string | undefined, to: Slot): void {
    if (host.name !== undefined) {
      if (key === undefined || !functionMethods.has(key)) to.add(this.external);
      return;
    }
    for (const name of key === undefined ? host.surface.names : [key]) {
      const member = this.host(host.module, name);
      if (member && (name === 'default' || host.surface.names.has(name))) to.add(member);
    }
  }

  /** Adds to `to` what `key` of one of JavaScript's own objects is. */
  addMember({ path }: NativeValue, key: string | undefined, to: Slot): void {
    if (key === undefined) to.add(this.external);
    else if (path === 'globalThis') to.add(this.native(key));
    // Only what makes a difference has a value of its own, or each path of names would make more.
    else if (this.#isModelled(`${path}.${key}`)) to.add(this.native(`${path}.${key}`));
    else if (key === 'prototype' && !path.includes('.')) to.add(this.native(`${path}.prototype`));
    else if (path.includes('.prototype')) to.add(this.native(`${path.split('.')[0]}.prototype.method`));
    else to.add(this.external);
  }

  /** Adds to `to` the blocking methods of that name of the objects that k6's modules give. */
  addMethods(key: string, to: Slot): void {
    for (const [module, surface] of this.#modules) {
      if (!surface.methods?.has(key)) continue;
      const id = `${module} .${key}`;
      const method = this.#hosts.get(id) ?? new HostValue(this.flow, module, key, surface, true);
      this.#hosts.set(id, method);
      to.add(method);
    }
  }
}
