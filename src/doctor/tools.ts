import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Check } from './check.ts';

/** A program that fxscale uses where it is there: the commands to try in turn, and how each is asked for its version. */
type Tool = { readonly name: string; readonly commands: readonly string[]; readonly args: readonly string[] };

/** A program that does not answer in this time is told as one that does not run. */
const PATIENCE_MS = 5000;

/** Environment as a process has it. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Every optional program, asked for its version at the same time. */
export async function checkTools(env: Environment): Promise<Check[]> {
  const tools: readonly Tool[] = [
    { name: 'k6', commands: [env.K6_BIN ?? 'k6'], args: ['version'] },
    { name: 'postgres', commands: ['postgres', ...debianPostgres()], args: ['--version'] },
    { name: 'redis', commands: ['redis-server', 'valkey-server'], args: ['--version'] },
    { name: 'prometheus', commands: ['prometheus'], args: ['--version'] },
    { name: 'java', commands: ['java'], args: ['-version'] },
    { name: 'docker', commands: ['docker'], args: ['--version'] },
    { name: 'kubectl', commands: ['kubectl'], args: ['version', '--client'] },
  ];
  const [checks, kafka] = [await Promise.all(tools.map(checkTool)), checkKafka(env)];
  return checks.flatMap((check) => (check.name === 'java' ? [kafka, check] : [check]));
}

async function checkTool({ name, commands, args }: Tool): Promise<Check> {
  let found: Check = { name, group: 'tools', status: 'missing', detail: { command: commands[0] ?? name } };
  for (const command of commands) {
    const answer = await versionOf(command, args);
    if ('version' in answer) {
      return { name, group: 'tools', status: 'ok', version: answer.version, detail: { command } };
    }
    if (answer.why !== undefined) {
      found = { name, group: 'tools', status: 'warning', detail: { command, why: answer.why } };
    }
  }
  return found;
}

/** What `command` says of its version; `why` it says nothing, undefined when it is not there. */
export function versionOf(
  command: string,
  args: readonly string[],
  patience = PATIENCE_MS,
): Promise<{ version: string } | { why: string | undefined }> {
  return new Promise((resolve) => {
    // A wrapper that asks something must find nobody to ask, and one that hangs must not be waited for.
    const options = { timeout: patience, killSignal: 'SIGKILL', windowsHide: true } as const;
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) {
        const version = versionIn(`${stdout}\n${stderr}`);
        return resolve(version === undefined ? { why: 'it does not say its version' } : { version });
      }
      if (error.code === ('ENOENT' as unknown)) return resolve({ why: undefined });
      if (error.killed) return resolve({ why: `no answer within ${patience / 1000} s` });
      const said = stderr.trim().split('\n', 1).join('');
      resolve({ why: said === '' ? `it ended with ${error.code ?? error.signal}` : said });
    });
    child.stdin?.end();
  });
}

/**
 * The first version in what a program says of itself: `k6 v2.0.0 (go1.26.8, linux/amd64)`, `Redis server v=7.0.15 sha=...`,
 * `openjdk version "17.0.15" 2025-04-15`.
 */
export function versionIn(text: string): string | undefined {
  return /(?:^|[\s"v=])v?(\d+(?:\.\d+)+(?:[-+][\w.+-]*\w)?)/.exec(text)?.[1];
}

/** Debian keeps the server of every version in a folder of its own, and none of them on the PATH; the newest first. */
function debianPostgres(): string[] {
  const folder = '/usr/lib/postgresql';
  const versions = existsSync(folder) ? readdirSync(folder) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(folder, version, 'bin', 'postgres'));
}

/** Kafka's jars where \`npm run services -- install\` puts them: asking the broker itself takes seconds. */
function checkKafka({ FXSCALE_CACHE: cache = path.join('.fxscale', 'cache') }: Environment): Check {
  const versions = existsSync(cache)
    ? readdirSync(cache).flatMap((name) => /^kafka-(\d[\d.]*)$/.exec(name)?.[1] ?? [])
    : [];
  const version = versions.sort().at(-1);
  const common = { name: 'kafka', group: 'tools', detail: { folder: cache } } as const;
  return version === undefined ? { ...common, status: 'missing' } : { ...common, status: 'ok', version };
}
