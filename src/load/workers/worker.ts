import { parentPort, workerData } from 'node:worker_threads';
import { FxscaleError } from '../../errors.ts';
import { watchRejections } from '../rejections.ts';
import type { FromWorker, OrderName, Orders, PlainError, ToWorker, WorkerStart } from './messages.ts';
import { Part } from './part.ts';

/** The thread that a part of a test runs in: orders come in as messages, and answers go out. */

const port = parentPort;
if (port === null) throw new Error('this module is the start of a worker thread');
const tell = (message: FromWorker) => port.postMessage(message);

watchRejections();

const part = new Part(workerData as WorkerStart, {
  log: (level, message, fields) => tell({ log: [level, message, fields] }),
  stop: (error) => tell({ stop: plain(error) }),
  samples: (output, chunk) => tell({ output, chunk }),
});

const execute: { [N in OrderName]: (order: Orders[N]['order']) => unknown } = {
  inspect: () => part.inspect(),
  configure: (order) => part.configure(order),
  setUp: () => part.setUp(),
  load: (order) => part.load(order, (tick) => tell({ tick })),
  tearDown: (order) => part.tearDown(order),
  collect: () => part.collect(),
  summarise: (order) => part.summarise(order),
};

port.on('message', (message: ToWorker) => {
  if ('stop' in message) part.stop.request();
  else void answer(message.id, message.name, message.order);
});

async function answer(id: number, name: OrderName, order: unknown): Promise<void> {
  try {
    const given = await (execute[name] as (order: unknown) => unknown)(order);
    tell({ id, answer: (given ?? null) as Orders[OrderName]['answer'] });
  } catch (error) {
    if (error instanceof FxscaleError) tell({ id, error: plain(error) });
    else tell({ id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function plain({ code, message }: FxscaleError): PlainError {
  return { code, message };
}
