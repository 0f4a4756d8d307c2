export enum Kind {
  Market = 1,
  Limit,
}

export interface Order {
  price: number;
  size: number;
}

export function total(orders: readonly Order[]): number {
  return orders.reduce((sum, { price, size }) => sum + price * size, 0);
}
