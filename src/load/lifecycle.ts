import { FxscaleError, messageOf } from '../errors.ts';
import type { Stop } from './driver.ts';
import type { Options } from './options.ts';
import { encodeSetupData } from './setup-data.ts';
import type { User } from './user.ts';

type Test = { readonly options: Options; readonly stop: Stop };

/** Runs `setup`; what it gives, as JSON. Throws SETUP_TIMEOUT, SCRIPT, or SCRIPT_OTHER for what is not JSON. */
export async function setUp(test: Test, zero: User): Promise<string | undefined> {
  if (typeof zero.exports.setup !== 'function' || test.options.noSetup) return undefined;
  const result = await within(test, zero, 'setup', undefined, test.options.setupTimeout, 'SETUP_TIMEOUT');
  try {
    return result === undefined ? undefined : encodeSetupData(result);
  } catch (cause) {
    throw new FxscaleError(
      'SCRIPT_OTHER',
      `error marshaling setup() data to JSON: ${messageOf(cause)}; give plain objects, texts and numbers`,
      { cause },
    );
  }
}

/** Runs `teardown`, also after a stop. Throws TEARDOWN_TIMEOUT or SCRIPT. */
export async function tearDown(test: Test, zero: User, data: string | undefined): Promise<void> {
  if (typeof zero.exports.teardown !== 'function' || test.options.noTeardown) return;
  const own = data === undefined ? undefined : (JSON.parse(data) as unknown);
  zero.vu.revive();
  await within(test, zero, 'teardown', own, test.options.teardownTimeout, 'TEARDOWN_TIMEOUT');
}

async function within(
  test: Test,
  user: User,
  name: 'setup' | 'teardown',
  data: unknown,
  seconds: number,
  code: 'SETUP_TIMEOUT' | 'TEARDOWN_TIMEOUT',
): Promise<unknown> {
  let late = false;
  const cutOff = () => user.interrupt();
  const timer = setTimeout(() => {
    late = true;
    cutOff();
  }, seconds * 1000);
  // A first Ctrl-C still lets teardown run.
  const forget = name === 'setup' ? test.stop.on(cutOff) : () => undefined;
  try {
    return await user.call(name, data);
  } catch (error) {
    if (late)
      throw new FxscaleError(
        code,
        `${name}() took longer than ${seconds}s and was stopped; raise ${name}Timeout`,
      );
    if (test.stop.requested && name === 'setup') return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    forget();
  }
}
