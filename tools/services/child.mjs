// Service processes of a test or a bench: they answer before the caller goes on, and die with the caller.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listens } from './network.mjs';

const bound = new Set();
let leash;

/** `setpriv` has the kernel end the child when its parent dies of whatever, SIGKILL included. */
function leashed(command, args) {
  leash ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return leash ? ['setpriv', ['--pdeathsig', 'KILL', command, ...args]] : [command, args];
}

/** Where there is no setpriv, an orderly end of the parent has to do. */
function bind(child) {
  if (bound.size === 0) process.on('exit', endAll);
  bound.add(child);
  child.once('exit', () => {
    bound.delete(child);
    if (bound.size === 0) process.off('exit', endAll);
  });
}

function endAll() {
  for (const child of bound) child.kill('SIGKILL');
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

const ended = (child) => (hasEnded(child) ? undefined : new Promise((done) => child.once('exit', done)));

/** The last `lines` of a log, to be put into a message. */
export function tail(log, lines = 5) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

function spawnService({ command, args, log, environment, detached }) {
  mkdirSync(dirname(log), { recursive: true });
  const [program, words] = detached ? [command, args] : leashed(command, args);
  const out = openSync(log, 'a');
  const env = { ...process.env, ...environment };
  const child = spawn(program, words, { cwd: dirname(log), detached, env, stdio: ['ignore', out, out] });
  closeSync(out);
  return child;
}

/** Why a child is not going to answer, or undefined while it still may. */
function givenUp({ name, log, seconds = 60 }, child, since, failure) {
  if (failure) return `${name} cannot be started: ${failure.message}`;
  if (hasEnded(child)) return `${name} ended while it started; the end of ${log}:\n${tail(log)}`;
  if (Date.now() - since < seconds * 1000) return undefined;
  return `${name} did not answer within ${seconds} s; the end of ${log}:\n${tail(log)}`;
}

/**
 * Starts a program and resolves with the child process once `answers()` is true. Rejects with the end of its log
 * when it ends before, or does not answer within `seconds`. A detached program outlives this process; `spawned` is
 * told its process id at once, so that nobody loses sight of it.
 */
export async function launch(service) {
  const { name, port, answers, spawned, detached = false } = service;
  if (await listens(port)) throw new Error(`${name} cannot be started: port ${port} is taken`);
  const since = Date.now();
  const child = spawnService({ ...service, detached });
  let failure;
  child.once('error', (error) => {
    failure = error;
  });
  if (!detached) bind(child);
  if (child.pid) spawned?.(child.pid);
  while (!(await answers()) || hasEnded(child)) {
    const reason = givenUp(service, child, since, failure);
    if (reason) {
      child.kill('SIGKILL');
      throw new Error(reason);
    }
    await sleep(20);
  }
  if (detached) child.unref();
  return child;
}

/** Asks a child to end, and after `grace` seconds makes it. Resolves when it is gone. */
export async function end(child, grace = 10) {
  if (hasEnded(child)) return;
  const gone = ended(child);
  child.kill('SIGTERM');
  // A stopped process would take the signal only when it is continued.
  child.kill('SIGCONT');
  const timer = setTimeout(() => child.kill('SIGKILL'), grace * 1000);
  await gone;
  clearTimeout(timer);
}

const pauses = new Set(['SIGSTOP', 'SIGCONT']);

/**
 * A service that can be killed and started again at the same address with the same data. `start` launches it and
 * resolves with the child; `address` is what the caller needs to reach it.
 */
export async function revivable(start, address) {
  let child = await start();
  return {
    ...address,
    get pid() {
      return child.pid;
    },
    async kill(signal = 'SIGKILL') {
      const gone = ended(child);
      child.kill(signal);
      if (!pauses.has(signal)) await gone;
    },
    async restart() {
      await end(child);
      child = await start();
    },
    async stop() {
      await end(child);
    },
  };
}
