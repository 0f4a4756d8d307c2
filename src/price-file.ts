import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { FxscaleError, messageOf } from './errors.ts';
import { mergePrices } from './planners/cost/price-check.ts';
import { builtInPrices, type PriceTable } from './planners/cost/price-table.ts';

/**
 * The prices that a file lays over those built in, of one of its regions where one is named. Throws FILE with the path
 * of the first field that is wrong, USAGE for a region that the file does not have.
 */
export async function pricesOf(flags: {
  prices?: string | undefined;
  priceRegion?: string | undefined;
}): Promise<PriceTable> {
  const { prices: file, priceRegion: region } = flags;
  const table = file === undefined ? builtInPrices : mergePrices(builtInPrices, await read(file), file);
  if (region === undefined || region === table.region) return table;
  const own = Object.hasOwn(table.regions, region) ? table.regions[region] : undefined;
  if (own === undefined) {
    const known = [table.region, ...Object.keys(table.regions)].join(', ');
    throw new FxscaleError(
      'USAGE',
      `--price-region ${region}: there are no prices of it; write one of ${known}, or give them with --prices`,
    );
  }
  const { [region]: _, ...others } = table.regions;
  const { rates, volumes } = table;
  return { ...table, ...own, region, regions: { [table.region]: { rates, volumes }, ...others } };
}

async function read(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw new FxscaleError('FILE', `${file} cannot be read: ${why}`, { cause });
  }
  try {
    return parse(text);
  } catch (cause) {
    const why = messageOf(cause).split('\n')[0];
    throw new FxscaleError('FILE', `${file} is neither YAML nor JSON: ${why}`, { cause });
  }
}
