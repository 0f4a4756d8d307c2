import { BareError } from '../go-error.ts';
import type { SecretSource } from '../secret-sources.ts';
import type { VU } from '../vu.ts';

/** `k6/secrets` for one VU. Secrets that were read are masked in the log from then on. */
export function secretsModule(vu: VU): Record<string, unknown> {
  const { secretSources: sources, redaction } = vu.session;

  function sourceNamed(name: string | undefined): SecretSource {
    if (sources.length === 0) throw new BareError('no secret sources are configured');
    const found = sources.find((each) => (name === undefined ? each.isDefault : each.name === name));
    if (found === undefined)
      throw new BareError(`no secret source with name "${name ?? 'default'}" is configured`);
    return found;
  }

  async function read(source: string | undefined, key: unknown): Promise<string> {
    const { secrets } = sourceNamed(source);
    const name = String(key);
    const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    if (value === undefined) throw new BareError('no value');
    redaction.add(value);
    return value;
  }

  return {
    get: (key: unknown) => read(undefined, key),
    source: (name: unknown) => ({ get: (key: unknown) => read(String(name), key) }),
  };
}
