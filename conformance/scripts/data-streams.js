import { ReadableStream } from 'k6/experimental/streams';

export default async function () {
  let next = 0;
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue('start');
    },
    pull(controller) {
      next++;
      if (next > 3) controller.close();
      else controller.enqueue(next);
    },
  });
  const reader = stream.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) console.log(chunk.value);
  console.log(stream.locked);
  reader.releaseLock();
  console.log(stream.locked);
  const failing = new ReadableStream({ start: (controller) => controller.error(new Error('broken')) });
  try {
    await failing.getReader().read();
  } catch (error) {
    console.log(error.message);
  }
  let why;
  const cancelled = new ReadableStream({
    cancel(reason) {
      why = reason;
    },
  });
  await cancelled.cancel('enough');
  console.log(why);
}
