// Programs that run to their end.
import { spawn, spawnSync } from 'node:child_process';

/** Whether `command` can be run here with these arguments and succeeds. */
export function works(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 15_000 }).status === 0;
}

/** Runs a program to its end. Rejects with the last lines that it wrote when it fails. */
export function finish(command, args, { cwd, environment } = {}) {
  return new Promise((done, fail) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        said = (said + text).slice(-2000);
      });
    child.once('error', ({ message }) => fail(new Error(`${command} cannot be started: ${message}`)));
    child.once('close', (code, signal) => {
      if (code === 0) return done();
      const last = said.trim().split('\n').slice(-5).join('\n');
      const called = [command, ...args.slice(0, 1)].join(' ');
      fail(new Error(`\`${called}\` failed (${signal ?? `exit code ${code}`}):\n${last}`));
    });
  });
}
