import type { Plan } from '../planners/types.ts';
import { round } from '../units.ts';
import type { ResourceRow } from './resource-rows.ts';

/** What a month costs line by line, in all, with one replica more or less, and in other regions. */
export function costRows({ cost, replicas }: Plan): ResourceRow[] {
  if (cost === null) return [];
  const { currency, region, asOf, perMonth, perReplica, lines, missing, regions } = cost;
  const money = (amount: number) => `${round(amount)} ${currency}`;
  const row = (resource: string, of: string, recommended: string): ResourceRow => {
    return { resource, demand: of === '' ? [] : [of], atPeak: '', recommended };
  };
  const spread =
    perMonth.p5 === perMonth.p95
      ? ''
      : `, ${round(perMonth.p5)} to ${round(perMonth.p95)} without spare replicas`;
  const more = missing.length === 0 ? '' : ' and what has no price';
  return [
    ...lines.map(({ what, quantity, unit, price, perMonth: amount }) =>
      row(
        what,
        `${round(quantity)} ${quantity === 1 ? unit.slice(0, -1) : unit}`,
        `${money(amount)} at ${round(price)}`,
      ),
    ),
    row('in all', `in ${region}, prices of ${asOf}`, `${money(perMonth.recommended)}${more}${spread}`),
    ...(perReplica === null || replicas === null
      ? []
      : [row('a replica', 'one more or less', `${money(perReplica)} more or less`)]),
    ...regions.flatMap(({ region: other, perMonth: amount }) =>
      amount === null ? [] : [row(other, '', money(amount))],
    ),
  ];
}
