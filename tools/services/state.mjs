// Whether a service that was noted is there, and its end; as a process or as a container.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from './catalogue.mjs';
import { removeContainer } from './compose.mjs';
import { endDaemon, runs } from './daemon.mjs';
import { folder } from './record.mjs';

/** What the command line of a noted service's process says. */
const marks = (name, { port }) => catalogue[name].marks({ folder: join(folder, name), port });

/** Whether a noted service answers, and is ours rather than whoever has its port now. */
export async function isUp(name, entry) {
  if (name === 'k6') return existsSync(entry.path);
  if (entry.pid && !runs(entry.pid, marks(name, entry))) return false;
  return catalogue[name].answers(entry.port);
}

/** Ends a noted service, container or process, also one that hangs. Resolves when it is gone. */
export async function endService(name, entry) {
  if (entry.container) await removeContainer(name, folder);
  if (entry.pid) await endDaemon(entry.pid, marks(name, entry));
}
