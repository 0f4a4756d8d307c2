import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { kafkaHeapMb } from '../../tools/services/catalogue.mjs';
import { grafanaSettings } from '../../tools/services/grafana.mjs';
import { brokerSettings, jvmFlags, kafkaVersion } from '../../tools/services/kafka-settings.mjs';
import { prometheusFlags } from '../../tools/services/prometheus.mjs';
import { redisSettings } from '../../tools/services/redis.mjs';

interface Container {
  image: string;
  network_mode: string;
  command: string[];
  environment: Record<string, string>;
}

const file = path.join(import.meta.dirname, '..', '..', 'tools', 'services', 'compose.yaml');
// A variable that is not set is what its default says, as it is for compose.
const text = readFileSync(file, 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
const containers: Record<string, Container> = parse(text).services;

function container(name: string): Container {
  const found = containers[name];
  if (!found) throw new Error(`compose.yaml has no ${name}`);
  return found;
}

/** `--name value` pairs. */
function pairs(words: string[]): [string, string][] {
  return words.flatMap((word, at): [string, string][] =>
    at % 2 === 0 ? [[word.replace(/^--/, ''), words[at + 1] ?? '']] : [],
  );
}

it('shares the network of the host, so that every address is on its loopback interface', () => {
  expect(Object.values(containers).map(({ network_mode }) => network_mode)).toEqual(Array(4).fill('host'));
});

it('tells Redis what a process is told', () => {
  const { image, command } = container('redis');
  expect(image).toMatch(/^redis:7\./);
  expect(pairs(command)).toEqual([['port', '6379'], ['dir', '/data'], ...redisSettings]);
});

it('tells Kafka what a process is told', () => {
  const { image, environment } = container('kafka');
  const { KAFKA_HEAP_OPTS, KAFKA_JVM_PERFORMANCE_OPTS, ...settings } = environment;
  expect(image).toBe(`apache/kafka:${kafkaVersion}`);
  const named = Object.entries(settings).map(([name, value]) => [
    name.replace('KAFKA_', '').toLowerCase().replaceAll('_', '.'),
    value,
  ]);
  const expected = brokerSettings({ data: '/var/lib/kafka/data', port: 9092, controllerPort: 9093 });
  expect(Object.fromEntries(named)).toEqual(expected);
  const flags = `${KAFKA_HEAP_OPTS} ${KAFKA_JVM_PERFORMANCE_OPTS}`.split(' ');
  // The image brings a logger of its own.
  expect(flags).toEqual(jvmFlags(kafkaHeapMb).filter((flag) => !flag.startsWith('-Dorg.slf4j')));
});

it('tells Prometheus what a process is told', () => {
  const { command } = container('prometheus');
  expect(command).toContain('--web.listen-address=127.0.0.1:9090');
  expect(command.slice(3)).toEqual(prometheusFlags);
});

it('tells Grafana what a process is told, and where Prometheus is', () => {
  const { environment } = container('grafana');
  expect(environment).toEqual({
    ...grafanaSettings,
    GF_SERVER_HTTP_PORT: '3001',
    FXSCALE_PROMETHEUS_PORT: '9090',
  });
});
