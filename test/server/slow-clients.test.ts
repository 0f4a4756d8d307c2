import { describe, expect, it, vi } from 'vitest';
import { type SetService, told, useServices } from './price-clients.ts';

const stepMs = 250;
const waiting = { timeout: 20_000, interval: 10 };
const start = useServices();

describe('a client that reads too slowly', () => {
  /** With names so long that it takes few steps to fill the network's buffers. */
  const many = Array.from({ length: 100 }, (_, i) => `SYMBOL${i}`.padEnd(450, 'X'));

  /** Changes all prices, step by step, until the network takes no more and updates are dropped. */
  async function fill(service: SetService): Promise<number> {
    let steps = 0;
    const dropped = () => service.metric('websocket_dropped_updates_total');
    while ((await dropped()) === 0 && steps < 5000) move(service, ++steps);
    expect(await dropped()).toBeGreaterThan(0);
    return steps;
  }

  function move({ quotes, clock }: SetService, n: number): void {
    for (const symbol of many) quotes.set(symbol, (1 + n / 1e5).toFixed(5));
    clock.advance(stepMs);
  }

  it('gets the newest price of each symbol when it reads again, and the skipped are counted', async () => {
    const service = await start(many, { beatMs: 1e9 });
    const client = await service.connect('/ws/prices?symbols=*');
    await client.settled();
    client.webSocket.pause();
    let steps = await fill(service);
    // Nothing of these can have been written: each replaces what waits.
    const before = await service.metric('websocket_dropped_updates_total');
    for (let i = 0; i < 20; i++) move(service, ++steps);
    const dropped = await service.metric('websocket_dropped_updates_total');
    expect(dropped - before).toBe(20 * many.length);

    client.webSocket.resume();
    const newest = new Map<unknown, unknown>();
    await vi.waitFor(() => {
      service.clock.advance(stepMs);
      for (const { symbol, bid } of client.messages) newest.set(symbol, bid);
      expect(new Set(newest.values())).toEqual(new Set([(1 + steps / 1e5).toFixed(5)]));
    }, waiting);
    // The snapshots and the updates: each was either received or counted.
    expect(client.messages.length + dropped).toBe((1 + steps) * many.length);
    expect(await service.metric('websocket_messages_sent_total')).toBe(client.messages.length);
    expect(await service.metric('websocket_dropped_updates_total')).toBe(dropped);
  });

  it('is given thirty seconds, and harms nobody else', async () => {
    const service = await start(many, { beatMs: 1e9 });
    const slow = await service.connect('/ws/prices?symbols=*');
    const other = await service.connect(`/ws/prices?symbols=${many[0]}`);
    await slow.settled();
    slow.webSocket.pause();
    await fill(service);
    // It was seen to be full at one of the last two steps.
    service.clock.advance(30_000 - 2 * stepMs);
    expect(await service.metric('websocket_terminated_total{reason="slow"}')).toBeNaN();
    service.clock.advance(2 * stepMs);
    expect(await service.metric('websocket_terminated_total{reason="slow"}')).toBe(1);
    slow.webSocket.resume();
    expect((await slow.closed).code).toBe(1006);
    service.quotes.set(many[0] ?? '', '9.00000');
    service.clock.advance(stepMs);
    expect((await other.settled()).at(-1)).toEqual(told(many[0] ?? '', '9.00000'));
    expect(await service.metric('websocket_active_connections')).toBe(1);
  });

  it('hears of the end of the service when it reads again', async () => {
    const service = await start(many, { beatMs: 1e9 });
    const client = await service.connect('/ws/prices?symbols=*');
    await client.settled();
    client.webSocket.pause();
    await fill(service);
    service.stream.close();
    const drained = service.connections.drain(60);
    client.webSocket.resume();
    expect(await client.closed).toMatchObject({ code: 1001 });
    await drained;
    expect(await service.metric('websocket_messages_sent_total')).toBe(client.messages.length);
  });

  it('is not asked for a sign of life that it could not see', async () => {
    const service = await start(many, { slowMs: 1e9, beatMs: 200_000 });
    const client = await service.connect('/ws/prices?symbols=*');
    await client.settled();
    client.webSocket.pause();
    await fill(service);
    service.clock.advance(600_000);
    expect(await service.metric('websocket_active_connections')).toBe(1);
    client.webSocket.resume();
    const settled = client.settled();
    await vi.waitFor(() => {
      service.clock.advance(stepMs);
      expect(client.messages.at(-1)?.bid).toBe(service.quotes.quote(many[0] ?? '')?.bid);
    }, waiting);
    // Its ping waited too.
    await settled;
  });
});
