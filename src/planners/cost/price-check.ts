import { FxscaleError } from '../../errors.ts';
import {
  type PriceTable,
  type PriceTier,
  type RateGroup,
  type Rates,
  rateGroups,
  type VolumeKind,
} from './price-table.ts';

/**
 * `base` with what a file of prices says over it: `asOf`, and any of `currency`, `region`, the groups of rates, `volumes`,
 * and `regions` with the groups and volumes of each. Throws FILE with the path of the first field that is wrong; `name`
 * is the file's.
 */
export function mergePrices(base: PriceTable, given: unknown, name: string): PriceTable {
  const at = new Place(name, []);
  const file = at.record(given);
  at.known(file, ['asOf', 'currency', 'region', ...Object.keys(rateGroups), 'volumes', 'regions']);
  if (file.asOf === undefined)
    throw at.under('asOf').wrong('is missing: write when the prices were looked up, for example 2026-11-01');
  const asOf = at.under('asOf').date(file.asOf);
  const merged = { rates: ratesOf(base.rates, file, at), volumes: volumesOf(base.volumes, file, asOf, at) };
  const places = at.under('regions').optionalRecord(file.regions);
  return {
    currency: file.currency === undefined ? base.currency : at.under('currency').text(file.currency),
    region: file.region === undefined ? base.region : at.under('region').text(file.region),
    asOf,
    ...merged,
    regions: Object.fromEntries(
      Object.entries(places).map(([region, value]) => {
        const where = at.under('regions').under(region);
        const own = where.record(value);
        where.known(own, [...Object.keys(rateGroups), 'volumes']);
        const rates = ratesOf(merged.rates, own, where);
        return [region, { rates, volumes: volumesOf(merged.volumes, own, asOf, where) }];
      }),
    ),
  };
}

function ratesOf(base: Rates, given: Record<string, unknown>, at: Place): Rates {
  const merged = Object.entries(rateGroups).map(([group, names]) => {
    const where = at.under(group);
    const own = where.optionalRecord(given[group]);
    where.known(own, names);
    const prices = Object.entries(own).map(([key, value]) => [key, where.under(key).positive(value)]);
    return [group, { ...base[group as RateGroup], ...Object.fromEntries(prices) }];
  });
  return Object.fromEntries(merged) as Rates;
}

function volumesOf(
  base: Record<string, VolumeKind>,
  given: Record<string, unknown>,
  asOf: string,
  at: Place,
): Record<string, VolumeKind> {
  const where = at.under('volumes');
  const own = Object.entries(where.optionalRecord(given.volumes)).map(([kind, value]) => [
    kind,
    volumeOf(base[kind], value, { asOf, source: at.name }, where.under(kind)),
  ]);
  return { ...base, ...Object.fromEntries(own) };
}

/** What need not be said of a kind that the table does not have. */
const plain = {
  onlyNamed: false,
  ...{ minGiB: 1, minIops: 0, includedIops: 0, iopsPerGiB: null, bySize: false },
  ...{ includedMiBps: 0, mibpsPerIops: null, mibpsPerGiB: null, writeSeconds: null },
  ...{ perGiBMonth: null, perIopsMonth: null, perMiBpsMonth: null },
};

const fields: Record<keyof VolumeKind, (at: Place, value: unknown) => unknown> = {
  cloud: (at, value) => at.text(value),
  onlyNamed: (at, value) => at.flag(value),
  minGiB: (at, value) => at.positive(value),
  maxGiB: (at, value) => at.positive(value),
  minIops: (at, value) => at.atLeastZero(value),
  includedIops: (at, value) => at.atLeastZero(value),
  maxIops: (at, value) => at.positive(value),
  iopsPerGiB: (at, value) => at.positive(value),
  bySize: (at, value) => at.flag(value),
  includedMiBps: (at, value) => at.atLeastZero(value),
  maxMiBps: (at, value) => at.positive(value),
  mibpsPerIops: (at, value) => at.positive(value),
  mibpsPerGiB: (at, value) => at.positive(value),
  writeSeconds: (at, value) => at.positive(value),
  perGiBMonth: (at, value) => at.positive(value),
  perIopsMonth: (at, value) => (Array.isArray(value) ? tiersOf(value, at) : at.positive(value)),
  perMiBpsMonth: (at, value) => at.positive(value),
  asOf: (at, value) => at.date(value),
  source: (at, value) => at.text(value),
};

function volumeOf(
  base: VolumeKind | undefined,
  value: unknown,
  origin: Pick<VolumeKind, 'asOf' | 'source'>,
  at: Place,
): VolumeKind {
  const given = at.record(value);
  at.known(given, Object.keys(fields));
  const own = Object.entries(given).map(([key, each]) => [
    key,
    fields[key as keyof VolumeKind](at.under(key), each),
  ]);
  const kind: VolumeKind = { ...(base ?? plain), ...origin, ...Object.fromEntries(own) };
  for (const key of ['cloud', 'maxGiB', 'maxIops', 'maxMiBps'] as const) {
    if (kind[key] === undefined)
      throw at.under(key).wrong('is missing: a kind of volume of your own needs it');
  }
  if (kind.bySize && kind.iopsPerGiB === null) {
    throw at.under('iopsPerGiB').wrong('is missing: with bySize the operations come with the size');
  }
  return kind;
}

function tiersOf(value: unknown[], at: Place): PriceTier[] {
  const tiers = value.map((each, i) => {
    const where = at.under(String(i));
    const tier = where.record(each);
    where.known(tier, ['upTo', 'price']);
    return {
      upTo: tier.upTo === undefined || tier.upTo === null ? null : where.under('upTo').positive(tier.upTo),
      price: where.under('price').positive(tier.price),
    };
  });
  tiers.forEach(({ upTo }, i) => {
    const isLast = i === tiers.length - 1;
    if (isLast !== (upTo === null) || (upTo !== null && upTo <= (tiers[i - 1]?.upTo ?? 0))) {
      throw at.under(String(i)).under('upTo').wrong('the tiers must rise, and only the last is without upTo');
    }
  });
  if (tiers.length === 0) throw at.wrong('has no tiers: write one price, or a list of {upTo, price}');
  return tiers;
}

/** Where in the file something stands, for the message. */
class Place {
  readonly name: string;
  readonly #path: readonly string[];

  constructor(name: string, path: readonly string[]) {
    this.name = name;
    this.#path = path;
  }

  under(key: string): Place {
    return new Place(this.name, [...this.#path, key]);
  }

  wrong(why: string): FxscaleError {
    return new FxscaleError(
      'FILE',
      [this.name, this.#path.join('.'), why].filter((part) => part !== '').join(': '),
    );
  }

  record(value: unknown): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(`${shown(value)} is not a group of fields`);
    }
    return value as Record<string, unknown>;
  }

  optionalRecord(value: unknown): Record<string, unknown> {
    return value === undefined ? {} : this.record(value);
  }

  known(record: Record<string, unknown>, names: readonly string[]): void {
    const stray = Object.keys(record).find((key) => !names.includes(key));
    if (stray !== undefined) throw this.under(stray).wrong(`is not known; write one of ${names.join(', ')}`);
  }

  positive(value: unknown): number {
    if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
    throw this.wrong(`${shown(value)} is not a number above zero`);
  }

  atLeastZero(value: unknown): number {
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
    throw this.wrong(`${shown(value)} is not a number of zero or more`);
  }

  text(value: unknown): string {
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw this.wrong(`${shown(value)} is not a name`);
  }

  flag(value: unknown): boolean {
    if (typeof value === 'boolean') return value;
    throw this.wrong(`${shown(value)} is neither true nor false`);
  }

  date(value: unknown): string {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)))
      return value;
    throw this.wrong(`${shown(value)} is not a date: write for example 2026-11-01`);
  }
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
