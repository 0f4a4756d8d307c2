// The services: where each is reached, how it shows that it is there, and how it is installed and launched.
import { works } from './command.mjs';
import { installPackages } from './debian.mjs';
import { findGrafana, grafanaAnswers, grafanaService } from './grafana.mjs';
import { java } from './java.mjs';
import { findKafka, installKafka } from './kafka-install.mjs';
import { brokerService, kafkaAnswers, writeIdentity } from './kafka-settings.mjs';
import { prometheusAnswers, prometheusService } from './prometheus.mjs';
import { redisAnswers, redisServer, redisService } from './redis.mjs';

const local = (port) => `127.0.0.1:${port}`;

/** The heap of the broker that `npm run services` starts, in MiB. */
export const kafkaHeapMb = 512;

async function installPackageOf(command, args, name) {
  if (!works(command, args)) await installPackages([name]);
}

async function installBroker() {
  await installPackageOf(java(), ['-version'], 'default-jre-headless');
  if (!findKafka().folder) await installPackageOf('mvn', ['-v'], 'maven');
  await installKafka();
}

/**
 * In the order of their start. `ports` counts the ports of each, the first is where it is reached; `marks` are what
 * its command line says, one of them always.
 */
export const catalogue = {
  redis: {
    ports: 1,
    address: (port) => ({ url: `redis://${local(port)}` }),
    answers: redisAnswers,
    install: () => installPackageOf(redisServer(), ['--version'], 'redis-server'),
    service: ({ folder, ports: [port] }) => redisService({ folder, port, detached: true }),
    // Redis replaces its command line by its name and address.
    marks: ({ folder, port }) => [local(port), folder],
  },
  kafka: {
    ports: 2,
    address: (port) => ({ brokers: local(port) }),
    answers: kafkaAnswers,
    install: installBroker,
    service({ folder, ports: [port, controllerPort] }) {
      const home = findKafka().folder;
      const heapMb = kafkaHeapMb;
      const service = brokerService({ home, folder, port, controllerPort, heapMb, detached: true });
      writeIdentity(home, folder);
      return service;
    },
    marks: ({ folder }) => [folder],
  },
  prometheus: {
    ports: 1,
    address: (port) => ({ url: `http://${local(port)}` }),
    answers: prometheusAnswers,
    install: () => installPackageOf('prometheus', ['--version'], 'prometheus'),
    service: ({ folder, ports: [port] }) => prometheusService({ folder, port, detached: true }),
    marks: ({ folder }) => [folder],
  },
  grafana: {
    ports: 1,
    address: (port) => ({ url: `http://${local(port)}` }),
    answers: grafanaAnswers,
    install: findGrafana,
    service: ({ folder, ports: [port], prometheusPort }) =>
      grafanaService({ folder, port, prometheusPort, detached: true }),
    marks: ({ folder }) => [folder],
  },
};

export const names = [...Object.keys(catalogue), 'k6'];
