import type { FxscaleError } from '../../src/errors.ts';
import { resolveOptions } from '../../src/load/options.ts';
import { Session } from '../../src/load/session.ts';
import { VU } from '../../src/load/vu.ts';
import { Counts } from '../../src/load/workers/counts.ts';

/** One virtual user in a session of its own, past its init context; `options` are a script's. */
export function testUser(options: Record<string, unknown> = {}, concurrent = false, allowed: string[] = []) {
  const resolved = resolveOptions({ script: options });
  const logs: string[] = [];
  const stopped: FxscaleError[] = [];
  const session = new Session(resolved.options, resolved.consolidated, {
    log: (_, message) => logs.push(message),
    env: {},
    openLoop: false,
    concurrent,
    allowedHosts: new Set(allowed),
    sharedArrays: new Map(),
    counts: new Counts(),
    stopFlag: new Int32Array(new SharedArrayBuffer(4)),
    stop: (error) => stopped.push(error),
  });
  const vu = new VU(1, session);
  vu.initialised = true;
  return { vu, session, logs, stopped };
}
