// Makes a checkout ready to run: installs what the lock file names and compiles, each only when needed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', '.built');
const installed = join(root, 'node_modules', '.package-lock.json');

function run(what, command, args) {
  process.stderr.write(`fxscale: ${what}\n`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) process.stderr.write(`fxscale: ${command} cannot be started: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

const changedAt = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(path) {
  if (!statSync(path).isDirectory()) return changedAt(path);
  return Math.max(changedAt(path), ...readdirSync(path).map((name) => newest(join(path, name))));
}

/**
 * The command as a few files instead of hundreds, which Node would have to find and read one by one: it starts in half
 * the CPU time. Packages stay as they are.
 */
async function bundleCommand() {
  const { build } = await import('esbuild');
  await build({
    entryPoints: ['src/cli.js', 'src/load/workers/worker.js', 'src/tune-worker.js'].map((name) =>
      join(root, 'dist', name),
    ),
    outdir: join(root, 'dist', 'command'),
    entryNames: '[name]',
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
  });
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`fxscale: Node ${process.versions.node} is too old; install Node 20.19 or newer\n`);
  process.exit(2);
}

if (changedAt(join(root, 'package-lock.json')) > changedAt(installed)) {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  if (npm?.endsWith('.js')) run('installing dependencies (once)', process.execPath, [npm, ...args]);
  else run('installing dependencies (once)', process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
  // A lock file checked out later than what it describes must not be installed again and again.
  const now = new Date();
  if (existsSync(installed)) utimesSync(installed, now, now);
}

const sources = ['src', 'server', 'tsconfig.json', 'package.json'].map((name) => newest(join(root, name)));
if (Math.max(...sources, changedAt(installed)) > changedAt(stamp)) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run('compiling', process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.']);
  await bundleCommand();
  writeFileSync(stamp, '');
}
