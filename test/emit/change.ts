/** A copy of `object` with `value` at `path`, such as `spec.ports.0.port`; undefined takes the field away. */
export function changed<T extends object>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object);
  const parts = path.split('.');
  const last = parts.pop() ?? '';
  const parent = parts.reduce<Record<string, unknown>>(
    (at, part) => at[part] as Record<string, unknown>,
    copy as unknown as Record<string, unknown>,
  );
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}
