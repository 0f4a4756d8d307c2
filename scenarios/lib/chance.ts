// Choices at random.

export function any<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}

/** One of the names, each as often as its weight says. */
export function pick<Name extends string>(weights: Record<Name, number>): Name {
  const names = Object.keys(weights) as Name[];
  let left = Math.random() * names.reduce((sum, name) => sum + weights[name], 0);
  for (const name of names) {
    left -= weights[name];
    if (left < 0) return name;
  }
  return names[0] as Name;
}

/** A key that no other order has, for the Idempotency-Key of an order. */
export function newKey(): string {
  const part = () => Math.floor(Math.random() * 2 ** 48).toString(36);
  return `${Date.now().toString(36)}-${part()}-${part()}`;
}
