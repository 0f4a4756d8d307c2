import { FxscaleError } from '../../errors.ts';
import { GoError } from '../go-error.ts';
import type { ScenarioProgress } from '../session.ts';
import type { VU } from '../vu.ts';
import { metadataObject } from './metadata.ts';
import { textObject } from './text-object.ts';

/** `k6/execution` for one VU. */
export function executionModule(vu: VU): Record<string, unknown> {
  return {
    scenario: scenarioObject(vu),
    instance: instanceObject(vu),
    test: testObject(vu),
    vu: vuObject(vu),
  };
}

/** An object of which the script can only read the properties. */
function readOnly(getters: Record<string, () => unknown>): object {
  const object = {};
  for (const [name, get] of Object.entries(getters)) {
    const set = () => {
      throw new TypeError(`Cannot assign to read only property '${name}'`);
    };
    Object.defineProperty(object, name, { get, set, enumerable: true });
  }
  return object;
}

function scenarioObject(vu: VU): object {
  const inScenario = (read: (scenario: ScenarioProgress) => unknown) => () => {
    if (vu.scenario === undefined)
      throw new GoError('getting scenario information outside of the VU context is not supported');
    return read(vu.scenario);
  };
  return readOnly({
    name: inScenario(({ name }) => name),
    executor: inScenario(({ executor }) => executor),
    startTime: inScenario(({ startedAt }) => Math.trunc(startedAt)),
    progress: inScenario(({ progress }) => progress()),
    iterationInInstance: inScenario(() => vu.iterationInInstance),
    iterationInTest: inScenario(() => vu.iterationInTest),
  });
}

/** Getters that throw while module bodies run. */
function afterInit(vu: VU, what: string): (read: () => unknown) => () => unknown {
  return (read) => () => {
    if (!vu.initialised) throw new GoError(`getting ${what} in the init context is not supported`);
    return read();
  };
}

function instanceObject(vu: VU): object {
  const { session } = vu;
  const running = afterInit(vu, 'instance information');
  return readOnly({
    currentTestRunDuration: running(() =>
      session.startedAt === 0 ? 0 : performance.now() - session.startedAt,
    ),
    iterationsCompleted: running(() => session.counts.completed),
    iterationsInterrupted: running(() => session.counts.interrupted),
    vusActive: running(() => session.counts.active),
    vusInitialized: running(() => session.counts.initialised),
  });
}

function testObject(vu: VU): object {
  const { session } = vu;
  return {
    abort(message?: unknown): never {
      const error = new FxscaleError('SCRIPT_ABORTED', `${withReason('test aborted', message)}${place(vu)}`);
      vu.aborting = true;
      session.stop(error);
      // The script may catch what is thrown, but is not to go on.
      vu.interrupt();
      throw error;
    },
    fail(message?: unknown): void {
      if (!vu.initialised) throw new GoError('execution.test.fail() called outside of VU context');
      session.markedFailed = true;
      session.log('error', withReason('test marked as failed', message));
    },
    get options() {
      if (!vu.initialised) throw new GoError('getting test options in the init context is not supported');
      return deepFreeze(session.consolidated);
    },
  };
}

function withReason(what: string, message: unknown): string {
  return message === undefined ? what : `${what}: ${String(message)}`;
}

/** Where in the script the caller was called; nothing in setup and teardown, as k6 has it. */
function place(vu: VU): string {
  if (vu.initialised && vu.scenario === undefined) return '';
  const [frame] = /^\s+at .*file:.*$/m.exec(vu.script?.originalStack(new Error()) ?? '') ?? [];
  return frame === undefined ? '' : ` ${frame.trim()}`;
}

function deepFreeze(value: object): object {
  if (Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) deepFreeze(child);
  }
  return Object.freeze(value);
}

function vuObject(vu: VU): object {
  const known = afterInit(vu, 'VU information');
  const tags = tagsObject(vu);
  const metrics = readOnly({ tags: () => tags, metadata: () => metadata });
  const metadata = metadataObject(vu);
  const object = readOnly({
    idInInstance: known(() => vu.id),
    idInTest: known(() => vu.idInTest),
    iterationInInstance: known(() => vu.iterationsRun),
    iterationInScenario: known(() => vu.iterationInScenario),
    metrics: known(() => metrics),
  });
  // k6 takes an assignment of it, to no effect.
  const tagsProperty = { get: known(() => tags), set: () => undefined, enumerable: true };
  return Object.defineProperty(object, 'tags', tagsProperty);
}

/** Reads and writes of the VU's tags. What a script sets stays for the VU's later iterations of the scenario. */
function tagsObject(vu: VU): object {
  return textObject({
    get: (key) => vu.tags.get(key),
    keys: () => Object.keys(vu.tags.toObject()),
    set: (key, value) => (value === undefined ? vu.removeTag(key) : vu.setTag(key, value)),
    refusal: (key) =>
      `invalid value for metric tag '${key}': only String, Boolean and Number types are accepted as a metric tag values`,
  });
}
