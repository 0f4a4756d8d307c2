// Kafka as a process on 127.0.0.1: one node that is broker and controller.
import { launch, revivable } from './child.mjs';
import { findKafka } from './kafka-install.mjs';
import { brokerService, writeIdentity } from './kafka-settings.mjs';
import { freePorts } from './network.mjs';

export { findKafka, installKafka } from './kafka-install.mjs';

/**
 * A broker of one's own with its data in `folder`; it dies with this process. `heapMb` is the JVM's heap in MiB, and
 * `settings` gives, from the usual settings, those it is told beside or instead of them.
 */
export async function startKafka({ folder, port, heapMb = 256, settings }) {
  const { folder: home, reason } = findKafka();
  if (!home) throw new Error(reason);
  const [free, controllerPort] = await freePorts(2);
  const own = port ?? free;
  const service = brokerService({ home, folder, port: own, controllerPort, heapMb, settings });
  writeIdentity(home, folder);
  return revivable(() => launch(service), { brokers: `127.0.0.1:${own}`, port: own });
}
