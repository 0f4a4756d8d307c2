// Brings services up: installs what is missing, starts what does not run, and notes where it is.
import { join } from 'node:path';
import { catalogue } from './catalogue.mjs';
import { launch } from './child.mjs';
import { startContainer } from './compose.mjs';
import { findK6, installK6 } from './k6.mjs';
import { freePorts, listens } from './network.mjs';
import { folder, note, readRecord } from './record.mjs';
import { endService, isUp } from './state.mjs';

/** The ports it had, so that whoever knows them finds it again; others where somebody else took one of them. */
async function portsFor(name, entry) {
  const count = catalogue[name].ports;
  if (!entry?.ports) return freePorts(count);
  const taken = await Promise.all(entry.ports.map(listens));
  return taken.includes(true) ? freePorts(count) : entry.ports;
}

async function startProcess(name, ports, prometheusPort) {
  const { address, install, service } = catalogue[name];
  await install();
  const described = service({ folder: join(folder, name), ports, prometheusPort });
  const entry = { ...address(ports[0]), port: ports[0], ports, since: new Date().toISOString() };
  // Noted before it answers: should this command be cut off, `down` still finds the process.
  await launch({ ...described, spawned: (pid) => note(name, { ...entry, pid }) });
}

async function startInContainer(name, ports, prometheusPort) {
  const { address, answers } = catalogue[name];
  const since = new Date().toISOString();
  note(name, { ...address(ports[0]), port: ports[0], ports, container: true, since });
  await startContainer(name, { folder, ports, prometheusPort }, answers);
}

async function bringService(name, inContainer) {
  const record = readRecord();
  const entry = record[name];
  if (entry && (await isUp(name, entry))) return 'runs already';
  // What began as a process goes on as one, with its data; a container stays one unless it is told otherwise.
  const contained = inContainer && (entry?.container ?? !entry);
  const same = entry && Boolean(entry.container) === contained;
  if (entry && !(same && contained)) await endService(name, entry);
  const ports = same && contained ? entry.ports : await portsFor(name, entry);
  const start = contained ? startInContainer : startProcess;
  await start(name, ports, record.prometheus?.port);
  return same ? 'started again, with the data it had' : 'started';
}

async function bringK6() {
  const found = findK6();
  const path = await installK6();
  note('k6', { path });
  return found ? 'is there' : 'installed';
}

async function each(names, act, tell) {
  const outcomes = {};
  for (const name of names) {
    try {
      outcomes[name] = { state: await act(name) };
    } catch (error) {
      outcomes[name] = { missing: error.message };
    }
    tell(name, outcomes[name]);
  }
  return outcomes;
}

/**
 * Brings up each of `names` and resolves with what became of it, {state} or {missing: the reason}; one that cannot
 * be had does not keep the others from coming up. `tell(name, outcome)` hears of each as it happens.
 */
export const up = (names, inContainer, tell) =>
  each(names, (name) => (name === 'k6' ? bringK6() : bringService(name, inContainer)), tell);

/** Installs what each of `names` needs to run as a process. Resolves and tells as `up` does. */
export const install = (names, tell) =>
  each(
    names,
    async (name) => {
      await (name === 'k6' ? installK6() : catalogue[name].install());
      return 'is installed';
    },
    tell,
  );
