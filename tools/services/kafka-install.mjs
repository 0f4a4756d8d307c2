// Kafka's jars, from Maven Central through mvn, in a cache that outlives every broker.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { end, launch } from './child.mjs';
import { finish } from './command.mjs';
import { java, missingJava } from './java.mjs';
import { brokerService, brokerSettings, kafkaVersion, properties, writeIdentity } from './kafka-settings.mjs';
import { freePorts } from './network.mjs';
import { thenUndo } from './undo.mjs';

const oldestJava = 17;

/** FXSCALE_CACHE puts it elsewhere, say where CI keeps files from one run to the next. */
const cache = resolve(
  process.env.FXSCALE_CACHE ?? join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.fxscale', 'cache'),
);
const home = join(cache, `kafka-${kafkaVersion}`);

/** Kafka as Maven names it, with the logger that writes plain lines to stderr. */
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fxscale</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${kafkaVersion}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

/** The folder of Kafka's jars, or why a broker cannot be started here. */
export function findKafka() {
  const withoutJava = missingJava(oldestJava);
  if (withoutJava) return { folder: undefined, reason: withoutJava };
  if (existsSync(home)) return { folder: home, reason: undefined };
  return {
    folder: undefined,
    reason: `Kafka ${kafkaVersion} is not installed; \`npm run services\` installs it`,
  };
}

const jarsOf = (folder) =>
  readdirSync(join(folder, 'jars'))
    .sort()
    .map((jar) => join(folder, 'jars', jar));

/** Gets the jars and formats one empty log, which every new broker copies, in a folder that is not yet trusted. */
async function download(folder) {
  writeFileSync(join(folder, 'pom.xml'), pom);
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  await finish('mvn', ['-B', '-q', goal, '-DincludeScope=runtime', '-DoutputDirectory=jars'], {
    cwd: folder,
  });
  const settings = brokerSettings({ data: join(folder, 'template'), port: 9092, controllerPort: 9093 });
  writeFileSync(join(folder, 'format.properties'), properties(settings));
  const format = [
    'kafka.tools.StorageTool',
    'format',
    '-t',
    'AAAAAAAAAAAAAAAAAAAAAA',
    '-c',
    'format.properties',
  ];
  await finish(java(), ['-cp', jarsOf(folder).join(':'), ...format], { cwd: folder });
}

/** A new folder in the cache for `work`, gone with it. */
function inScratch(work) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'unfinished-'));
  return thenUndo(
    () => rmSync(folder, { recursive: true, force: true }),
    () => work(folder),
  );
}

/** Puts a whole download in place; another process may have been faster, and what it put there is as good. */
function settle(folder) {
  try {
    renameSync(folder, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
  }
}

/** Keeps the classes that a broker loads, parsed and checked, so that the next one starts in half the time. */
async function archiveClasses(scratch) {
  const [port, controllerPort] = await freePorts(2);
  const service = brokerService({ home, folder: scratch, port, controllerPort, heapMb: 256 });
  writeIdentity(home, scratch);
  const archive = join(scratch, 'classes.jsa');
  await end(await launch({ ...service, args: [`-XX:ArchiveClassesAtExit=${archive}`, ...service.args] }), 60);
  renameSync(archive, join(home, 'classes.jsa'));
}

/** Puts Kafka's jars into the cache unless they are there, and resolves with their folder. */
export async function installKafka() {
  const withoutJava = missingJava(oldestJava);
  if (withoutJava) throw new Error(withoutJava);
  if (!existsSync(home)) {
    process.stderr.write(`fxscale: installing Kafka ${kafkaVersion} (once)\n`);
    await inScratch(async (folder) => {
      await download(folder);
      settle(folder);
    });
  }
  if (!existsSync(join(home, 'classes.jsa'))) await inScratch(archiveClasses);
  return home;
}
