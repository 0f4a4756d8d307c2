import { openJobsCarrier } from '../jobs/carrier.ts';
import type { StartRole } from '../processes/role.ts';
import type { Destination } from '../trading/trades.ts';
import { carryOutbox } from './carry-loop.ts';
import { kafkaClient, openAdmin, openSender } from './kafka.ts';
import { kafkaCarrier } from './kafka-carrier.ts';
import type { Carrier } from './outbox.ts';
import { relayMetrics, watchOutbox } from './relay-metrics.ts';
import { keepTopics } from './topics.ts';

/**
 * Carries the outbox to Kafka and to the job queues, each on its own: one that is away does not hold up the other. Any
 * number of relays may run; for each destination one works, and another takes over when it is gone.
 */
export const startRelay: StartRole = async ({ settings, registry, log }) => {
  const databases = [settings.database, ...settings.readDatabases];
  const metrics = relayMetrics(registry);
  const kafka = settings.kafka && kafkaClient(settings.kafka, log);
  const admin = kafka && openAdmin(kafka);
  const topics = admin && keepTopics(admin, registry, log);
  const carriers: [Destination, Carrier][] = [];
  if (kafka) carriers.push(['kafka', kafkaCarrier(openSender(kafka))]);
  if (settings.redis) carriers.push(['jobs', openJobsCarrier(settings.redis)]);

  const loops = carriers.map(([destination, carrier]) =>
    carryOutbox({ databases, destination, carrier, metrics, log }),
  );
  const watch = watchOutbox(
    databases,
    carriers.map(([destination]) => destination),
    registry,
  );
  return {
    trouble: () => {
      const troubles = [topics, ...loops].flatMap((each) => each?.trouble() ?? []);
      return troubles.length > 0 ? troubles.join('; ') : undefined;
    },
    async close() {
      topics?.close();
      await Promise.all([...loops.map((loop) => loop.close()), watch.close(), admin?.close()]);
    },
  };
};
