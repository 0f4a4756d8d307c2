/** What every object of a service carries, and what its pods are found by. */
export function labelsOf(name: string): { 'app.kubernetes.io/name': string } {
  return { 'app.kubernetes.io/name': name };
}
