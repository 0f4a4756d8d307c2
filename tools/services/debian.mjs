// Debian packages, installed without the daemons that some of them would start.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { finish, works } from './command.mjs';
import { thenUndo } from './undo.mjs';

const policy = '/usr/sbin/policy-rc.d';

/** Why packages cannot be installed here, or undefined when they can. */
function hindrance(names) {
  const wanted = names.join(' ');
  if (!works('apt-get', ['--version'])) return `there is no apt-get here: install ${wanted} by hand`;
  if (process.getuid?.() !== 0) return `only root may install it: \`sudo apt-get install ${wanted}\``;
  return undefined;
}

/** Runs `work` while packages may not start daemons of theirs; a policy that is there already is left as it is. */
function withoutDaemons(work) {
  if (existsSync(policy)) return work();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return thenUndo(() => rmSync(policy, { force: true }), work);
}

/** Keeps the daemons of packages just installed from starting at the next boot, where systemd would start them. */
async function disableUnits(names) {
  if (!existsSync('/run/systemd/system')) return;
  for (const name of names)
    if (works('systemctl', ['cat', name])) await finish('systemctl', ['disable', '--quiet', name]);
}

/** Installs Debian packages. Rejects with the reason, and what would help, where that is impossible. */
export async function installPackages(names) {
  const reason = hindrance(names);
  if (reason) throw new Error(reason);
  process.stderr.write(`fxscale: installing ${names.join(' ')} (once)\n`);
  const options = { environment: { DEBIAN_FRONTEND: 'noninteractive' } };
  const lock = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300'];
  const install = () => finish('apt-get', [...lock, 'install', '--no-install-recommends', ...names], options);
  await withoutDaemons(async () => {
    try {
      await install();
    } catch {
      // The package lists may be missing or out of date; the second failure is the one to tell.
      await finish('apt-get', [...lock, 'update'], options);
      await install();
    }
  });
  await disableUnits(names);
}
