import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyOnce, postgresFolder, reachable } from '../../server/embedded/binaries.ts';

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(join(tmpdir(), 'fxscale-binaries-'));
  fs.chmodSync(root, 0o755);
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** A package as npm leaves it when its install script did not run and the umask was 077. */
function privatePackage(): string {
  const native = join(root, 'private', 'native');
  fs.mkdirSync(join(native, 'bin'), { recursive: true });
  fs.mkdirSync(join(native, 'lib'));
  fs.writeFileSync(join(native, 'bin', 'postgres'), '#!', { mode: 0o600 });
  fs.writeFileSync(join(native, 'lib', 'libpq.so.5.18'), 'elf', { mode: 0o600 });
  const pairs = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
  fs.writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(pairs));
  fs.chmodSync(join(root, 'private'), 0o700);
  return native;
}

describe('the copy of the binaries', () => {
  it('can be run by everybody and has the links', () => {
    const target = join(root, 'copy');
    expect(copyOnce(privatePackage(), target)).toBe(target);
    const mode = (path: string): number => fs.statSync(join(target, path)).mode & 0o777;
    expect([mode('.'), mode('bin/postgres'), mode('lib/libpq.so.5.18')]).toEqual([0o755, 0o755, 0o644]);
    expect(fs.readlinkSync(join(target, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
  });

  it('is made once, and again when something was deleted from it', () => {
    const source = privatePackage();
    const target = copyOnce(source, join(root, 'copy'));
    const made = fs.statSync(target).ino;
    expect(fs.statSync(copyOnce(source, target)).ino).toBe(made);
    fs.rmSync(join(target, 'lib', 'libpq.so.5.18'));
    copyOnce(source, target);
    expect(fs.readFileSync(join(target, 'lib', 'libpq.so.5.18'), 'utf8')).toBe('elf');
    expect(fs.readdirSync(root).sort()).toEqual(['copy', 'private']);
  });

  it('is not taken from a folder that others may write to', () => {
    const target = join(root, 'copy');
    fs.mkdirSync(target);
    fs.chmodSync(target, 0o777);
    expect(() => copyOnce(privatePackage(), target)).toThrow('belongs to somebody else');
  });
});

it('what lies under a private folder is out of reach for others', () => {
  const native = privatePackage();
  const owner = fs.statSync(native);
  const stranger = { uid: owner.uid + 4711, gid: owner.gid + 4711 };
  expect(reachable(native, stranger)).toBe(false);
  expect(reachable(root, stranger)).toBe(true);
  expect(reachable(native, { uid: owner.uid, gid: owner.gid })).toBe(true);
  expect(reachable(native, undefined)).toBe(true);
});

it('the package of this machine has them', () => {
  expect(fs.existsSync(join(postgresFolder(undefined), 'share'))).toBe(true);
});
