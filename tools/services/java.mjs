// The Java that is here, and whether Kafka runs on it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const java = () => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java');

/** Why there is no Java of at least this feature version here, or undefined when there is. */
export function missingJava(oldest) {
  const { status, stderr } = spawnSync(java(), ['-version'], { encoding: 'utf8' });
  if (status !== 0) return `Java is not installed; Kafka needs Java ${oldest} or newer`;
  const version = /version "(?:1\.)?(\d+)/.exec(stderr)?.[1];
  if (Number(version) >= oldest) return undefined;
  return `Java ${version} is too old for Kafka, which needs ${oldest} or newer`;
}
