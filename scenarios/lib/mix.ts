// A mix of the four request classes that every platform like this has.
import { check } from 'k6';
import { pick } from './chance.ts';
import { type Answer, anyOrder, history, positions, quote, trade } from './platform.ts';
import { anyUser } from './users.ts';

export type RequestClass = 'quote' | 'trade' | 'history' | 'positions';
export type Mix = Record<RequestClass, number>;
type Extra = { tags?: Record<string, string>; symbols?: readonly string[] };

/** Of an ordinary hour. */
export const ordinary: Mix = { quote: 60, trade: 20, history: 10, positions: 10 };

function ask(name: RequestClass, { tags = {}, symbols }: Extra): Answer {
  const order = anyOrder(symbols);
  switch (name) {
    case 'quote':
      return quote(order.symbol, { tags });
    case 'trade':
      return trade(anyUser(), order, undefined, { tags });
    case 'history':
      return history(anyUser(), 50, undefined, { tags });
    case 'positions':
      return positions(anyUser(), { tags });
  }
}

/** One request of the mix, checked. */
export function askMixed(mix: Mix, extra: Extra = {}): { name: RequestClass; answer: Answer } {
  const name = pick(mix);
  const answer = ask(name, extra);
  check(answer, { 'answered as asked': ({ status }) => status === (name === 'trade' ? 201 : 200) });
  return { name, answer };
}
