import type { OutgoingRecord, RecordSender } from './kafka.ts';
import type { Carrier, OutboxRow } from './outbox.ts';

/** Carries each row as a record to `trades` and one to `positions`, both keyed by the account. */
export function kafkaCarrier(sender: RecordSender): Carrier {
  return {
    carry: (rows) => sender.send(rows.flatMap(recordsOf)),
    close: sender.close,
  };
}

/** What became of a trade, and of the account's position by it. */
export function recordsOf({ seq, payload }: OutboxRow): OutgoingRecord[] {
  const { positionVolume, positionPrice, ...trade } = payload;
  const { tradeId, userId, symbol, createdAt } = trade;
  const position = { tradeId, userId, symbol, volume: positionVolume, price: positionPrice, createdAt };
  const headers = { 'event-id': tradeId, seq };
  return [
    { topic: 'trades', key: userId, value: JSON.stringify({ seq, ...trade }), headers },
    { topic: 'positions', key: userId, value: JSON.stringify({ seq, ...position }), headers },
  ];
}
