// How a Kafka broker of one node is set up and launched.
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { java } from './java.mjs';
import { ask } from './network.mjs';

export const kafkaVersion = '4.1.1';

/** What every broker here is told beside its addresses and folder. */
const fixedSettings = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'auto.create.topics.enable': 'false',
  'default.replication.factor': '1',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '4',
  'group.initial.rebalance.delay.ms': '0',
  // A broker that was killed is let in again only when its former session has run out: 9 s unless told otherwise.
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '500',
  // The cleaner takes this from the heap at start, 128 MB unless told otherwise.
  'log.cleaner.dedupe.buffer.size': '8388608',
};

/** Every setting of a broker at `port` whose controller listens at `controllerPort`, both on 127.0.0.1. */
export function brokerSettings({ data, port, controllerPort }) {
  return {
    ...fixedSettings,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': data,
  };
}

/** Settings in the form of a Java properties file. */
export function properties(settings) {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** Kafka's own form of an id; one that begins with a dash would be taken for a flag by Kafka's tools. */
const uuid = () => randomBytes(16).toString('base64url').replace(/^-/, 'A');

/** Gives an empty folder the identity that a broker wants to find there: what formatting would do, in no time. */
export function writeIdentity(home, folder) {
  const data = join(folder, 'data');
  if (existsSync(join(data, 'meta.properties'))) return;
  mkdirSync(data, { recursive: true });
  copyFileSync(join(home, 'template', 'bootstrap.checkpoint'), join(data, 'bootstrap.checkpoint'));
  const identity = { version: '1', 'node.id': '1', 'directory.id': uuid(), 'cluster.id': uuid() };
  writeFileSync(join(data, 'meta.properties'), properties(identity));
}

/** Flags for a small JVM that starts fast: one collector thread, the first compiler only. */
export const jvmFlags = (heapMb) => [
  `-Xms${Math.min(heapMb, 128)}m`,
  `-Xmx${heapMb}m`,
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
];

// ApiVersions, version 0, correlation 1, no client id: the one request that every broker answers to everybody.
const apiVersions = Buffer.from('0000000a0012000000000001ffff', 'hex');

/** Whether a broker at 127.0.0.1:`port` answers requests. */
export async function kafkaAnswers(port) {
  const answer = await ask(port, apiVersions);
  return (
    answer !== undefined && answer.length >= 10 && answer.readInt32BE(4) === 1 && answer.readInt16BE(8) === 0
  );
}

/**
 * How to launch a broker with the jars in `home` and its data in `folder`, whose settings file this writes. What
 * `settings` makes of the usual settings is told to it beside them, or instead of those of the same name.
 */
export function brokerService({ home, folder, port, controllerPort, heapMb, settings, detached = false }) {
  const own = resolve(folder);
  const file = join(own, 'server.properties');
  mkdirSync(own, { recursive: true });
  const usual = brokerSettings({ data: join(own, 'data'), port, controllerPort });
  writeFileSync(file, properties({ ...usual, ...settings?.(usual) }));
  const jars = readdirSync(join(home, 'jars')).sort();
  const classes = jars.map((jar) => join(home, 'jars', jar)).join(':');
  const archive = join(home, 'classes.jsa');
  const archived = existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
  return {
    name: 'Kafka',
    port,
    command: java(),
    args: [...jvmFlags(heapMb), ...archived, '-cp', classes, 'kafka.Kafka', file],
    log: join(own, 'kafka.log'),
    answers: () => kafkaAnswers(port),
    detached,
  };
}
