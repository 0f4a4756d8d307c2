// Grafana as a process on 127.0.0.1, with Prometheus as its data source. No Debian release has a package of it.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { works } from './command.mjs';
import { answersOk } from './network.mjs';

const shipped = join(dirname(fileURLToPath(import.meta.url)), 'grafana');
const home = '/usr/share/grafana';

/** What every Grafana here is told beside its address and folders: whoever reaches 127.0.0.1 may use it. */
export const grafanaSettings = {
  GF_AUTH_ANONYMOUS_ENABLED: 'true',
  GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin',
  GF_ANALYTICS_REPORTING_ENABLED: 'false',
  GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
  GF_SERVER_HTTP_ADDR: '127.0.0.1',
};

export const grafanaAnswers = (port) => answersOk(port, '/api/health');

/** Rejects with the reason where Grafana is not installed. */
export async function findGrafana() {
  if (existsSync(home) && works('grafana', ['--version'])) return;
  throw new Error(
    'Grafana is not installed, and Debian has no package of it: start a Docker engine, or install Grafana by hand',
  );
}

/** How to launch Grafana at `port` with its data in `folder`. */
export function grafanaService({ folder, port, prometheusPort, detached = false }) {
  const own = resolve(folder);
  mkdirSync(own, { recursive: true });
  cpSync(shipped, join(own, 'provisioning'), { recursive: true });
  return {
    name: 'Grafana',
    port,
    command: 'grafana',
    args: ['server', `--homepath=${home}`, `--pidfile=${join(own, 'grafana.pid')}`],
    environment: {
      ...grafanaSettings,
      GF_SERVER_HTTP_PORT: String(port),
      GF_PATHS_DATA: join(own, 'data'),
      GF_PATHS_LOGS: join(own, 'logs'),
      GF_PATHS_PROVISIONING: join(own, 'provisioning'),
      FXSCALE_PROMETHEUS_PORT: String(prometheusPort),
    },
    log: join(own, 'grafana.log'),
    answers: () => grafanaAnswers(port),
    detached,
  };
}
