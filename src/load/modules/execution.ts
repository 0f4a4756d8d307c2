import { FxscaleError } from '../../errors.ts';
import type { ScenarioProgress } from '../session.ts';
import type { VU } from '../vu.ts';

/** `k6/execution` for one VU. */
export function executionModule(vu: VU): Record<string, unknown> {
  const { session } = vu;

  function inScenario(): ScenarioProgress {
    if (vu.scenario === undefined)
      throw new Error('getting scenario information outside of the VU context is not supported');
    return vu.scenario;
  }

  const scenario = {
    get name() {
      return inScenario().name;
    },
    get executor() {
      return inScenario().executor;
    },
    get startTime() {
      return inScenario().startedAt;
    },
    get progress() {
      return inScenario().progress();
    },
    get iterationInInstance() {
      inScenario();
      return vu.iterationInTest;
    },
    get iterationInTest() {
      inScenario();
      return vu.iterationInTest;
    },
  };

  const instance = {
    get currentTestRunDuration() {
      return session.startedAt === 0 ? 0 : performance.now() - session.startedAt;
    },
    get iterationsCompleted() {
      return session.counts.completed;
    },
    get iterationsInterrupted() {
      return session.counts.interrupted;
    },
    get vusActive() {
      return session.counts.active;
    },
    get vusInitialized() {
      return session.counts.initialised;
    },
  };

  const test = {
    abort(message?: unknown): never {
      const error = new FxscaleError(
        'SCRIPT_ABORTED',
        `test aborted${message === undefined ? '' : `: ${String(message)}`}`,
      );
      session.stop(error);
      throw error;
    },
    fail(message?: unknown): void {
      session.markedFailed = true;
      session.log(
        'error',
        message === undefined ? 'test marked as failed' : `test marked as failed: ${String(message)}`,
      );
    },
    get options() {
      return session.consolidated;
    },
  };

  return { scenario, instance, test, vu: vuObject(vu) };
}

function vuObject(vu: VU): object {
  const tags = tagsObject(vu);
  return {
    get idInInstance() {
      return vu.id;
    },
    get idInTest() {
      return vu.id;
    },
    get iterationInInstance() {
      return vu.iterationsRun;
    },
    get iterationInScenario() {
      return vu.iterationInScenario;
    },
    tags,
    metrics: { tags },
  };
}

/** Reads and writes of the VU's tags. What a script sets stays for the VU's later iterations of the scenario. */
function tagsObject(vu: VU): object {
  return new Proxy({} as Record<string, unknown>, {
    get: (_, key) => (typeof key === 'string' ? vu.tags.get(key) : undefined),
    has: (_, key) => typeof key === 'string' && vu.tags.get(key) !== undefined,
    ownKeys: () => Object.keys(vu.tags.toObject()),
    getOwnPropertyDescriptor: (_, key) => {
      const value = typeof key === 'string' ? vu.tags.get(key) : undefined;
      return value === undefined
        ? undefined
        : { value, enumerable: true, configurable: true, writable: true };
    },
    set: (_, key, value) => {
      if (!['string', 'number', 'boolean'].includes(typeof value)) {
        throw new TypeError('only String, Boolean and Number types are accepted as a Tag value');
      }
      vu.setTag(String(key), String(value));
      return true;
    },
  });
}
