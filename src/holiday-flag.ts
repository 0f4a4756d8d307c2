import { Option } from 'commander';
import { flag } from './flag.ts';
import type { Holiday } from './models/traffic/holiday.ts';
import { parseHoliday } from './planners/traffic/flags.ts';

/** `--holiday`, wherever traffic is described. */
export function holidayFlag(): Option {
  return new Option(
    '--holiday <date[:place][=factor]>',
    'a day with less traffic (default: none of it), of a centre or a zone, for example 2026-12-28:London=0.6 (repeatable)',
  )
    .argParser((text: string, before: Holiday[]) => [...before, flag(parseHoliday)(text)])
    .default([]);
}
