import type { KubernetesObject } from './object.ts';

const label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const LONGEST_LABEL = 63;

/** A DNS-1123 label: what a Service, and so every name that has to equal one, may be called; null when it is one. */
export function notALabel(text: string): string | null {
  return text.length <= LONGEST_LABEL && label.test(text)
    ? null
    : `${JSON.stringify(text)} is not a name: use at most 63 of a-z, 0-9 and -, not - at an end`;
}

/** What is wrong with the name, namespace, labels and annotations of an object. */
export function badMetadata({ kind, metadata }: KubernetesObject): string[] {
  const { name, namespace, labels: own, annotations = {} } = metadata;
  return [
    ...[name, ...(namespace === undefined ? [] : [namespace])].flatMap((text) => notALabel(text) ?? []),
    // A Service is also a DNS-1035 label.
    ...(kind === 'Service' && /^\d/.test(name) ? [`${JSON.stringify(name)} begins with a digit`] : []),
    ...badLabels(own),
    ...Object.keys(annotations).flatMap(badKey),
  ];
}

export function badLabels(own: Record<string, string>): string[] {
  return Object.entries(own).flatMap(([key, value]) => [
    ...badKey(key),
    ...(value.length <= LONGEST_LABEL && labelValue.test(value)
      ? []
      : [`${JSON.stringify(value)} is no value of a label`]),
  ]);
}

function badKey(key: string): string[] {
  const [name = '', prefix, ...more] = key.split('/').toReversed();
  const right =
    more.length === 0 &&
    name !== '' &&
    name.length <= LONGEST_LABEL &&
    labelValue.test(name) &&
    (prefix === undefined || prefix.split('.').every((part) => label.test(part)));
  return right ? [] : [`${JSON.stringify(key)} is no key of a label`];
}
