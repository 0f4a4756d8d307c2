// The services as containers, where a Docker engine answers: the same ones, with the settings of compose.yaml.
import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { finish, works } from './command.mjs';

const shipped = dirname(fileURLToPath(import.meta.url));

/** Whether a Docker engine answers, and its client knows compose. */
export const hasEngine = () => works('docker', ['info']) && works('docker', ['compose', 'version']);

/** Two checkouts on one engine do not meet: the project is named after the folder. */
function project(folder) {
  const key = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return ['compose', '--profile', 'grafana', '-p', `fxscale-${key}`, '-f', join(shipped, 'compose.yaml')];
}

/** What compose.yaml leaves open, for one service at these ports. */
function environment(name, { folder, ports: [port, second], prometheusPort }) {
  const key = name.toUpperCase();
  const targets = join(folder, 'prometheus', 'targets');
  if (name === 'prometheus' && !existsSync(targets))
    cpSync(join(shipped, 'targets'), targets, { recursive: true });
  return {
    ...(prometheusPort && { FXSCALE_PROMETHEUS_PORT: String(prometheusPort) }),
    ...(second && { [`FXSCALE_${key}_CONTROLLER_PORT`]: String(second) }),
    [`FXSCALE_${key}_PORT`]: String(port),
    FXSCALE_TARGETS: targets,
  };
}

/** Starts one container and resolves once it answers. Rejects with what the engine says. */
export async function startContainer(name, where, answers, seconds = 60) {
  const options = { environment: environment(name, where) };
  try {
    await finish('docker', [...project(where.folder), 'up', '-d', '--no-deps', name], options);
  } catch ({ message }) {
    throw new Error(`${message}\n\`npm run services -- --native\` does without the engine`);
  }
  const deadline = Date.now() + seconds * 1000;
  while (!(await answers(where.ports[0]))) {
    if (Date.now() > deadline)
      throw new Error(`the container does not answer at 127.0.0.1:${where.ports[0]} within ${seconds} s; see \
\`docker ${project(where.folder).join(' ')} logs ${name}\`, and whether this engine has host networking`);
    await sleep(200);
  }
}

/** Stops one container and deletes it with its data. */
export const removeContainer = (name, folder) =>
  finish('docker', [...project(folder), 'rm', '--stop', '--force', '--volumes', name]);
