import { check } from 'k6';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { Kind, type Order, total } from './lib/orders.ts';

export const options: Options = { iterations: 2 };

namespace Words {
  export const hello = 'hello';
}

class Client<T extends string = string> {
  private readonly calls: T[] = [];

  constructor(
    private readonly base: string,
    public readonly kind: Kind = Kind.Market,
  ) {}

  get(path: T): number {
    this.calls.push(path);
    return http.get(`${this.base}${path}`).status as number;
  }

  get count(): number {
    return this.calls.length;
  }
}

export default function (): void {
  const client = new Client(__ENV.BASE);
  const orders = [
    { price: 2, size: 3 },
    { price: 1.5, size: 2 },
  ] satisfies Order[];
  check(client.get('/get'), { ok: (status: number) => status === 200 });
  console.log(
    client.count,
    client.kind,
    Kind[client.kind],
    total(orders),
    Words.hello,
    orders.at(-1)?.price ?? 'none',
  );
}
