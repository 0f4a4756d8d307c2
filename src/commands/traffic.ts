import { type Command, Option } from 'commander';
import { flag } from '../flag.ts';
import { holidayFlag } from '../holiday-flag.ts';
import { Zone } from '../models/traffic/zone.ts';
import { parseGrowthRange, parseHorizon, parsePositive, parseTime } from '../planners/flags.ts';
import { parseZone } from '../planners/traffic/flags.ts';
import { renderTraffic } from '../report/traffic.ts';
import { renderTrafficCsv, renderTrafficJson } from '../report/traffic-json.ts';
import { eventFlag, parseStart } from '../simulate-flags.ts';
import { type TrafficFlags, trafficReport, trafficSteps } from '../traffic-report.ts';
import { parseRate } from '../units.ts';

const help = `
TRAFFIC is a CSV or JSON file with time and rate; flat, fx-centre-share or fx-overlap-heavy; or a range query,
prometheus+http://host:9090/?query=PROMQL[&start=-28d][&end=-0s][&step=1m][&token_env=NAME]. A record of two weeks or
more is forecast, with the method that does best in a back-test.

Examples:
  $ fxscale traffic fx-overlap-heavy --mean 1000/s --event nfp:5:15s:30m@4d12h30m --zone America/New_York
  $ fxscale traffic rate.csv --growth 20%/y --horizon 18mo --holiday 2026-12-28:London=0.6
  $ fxscale traffic 'prometheus+http://127.0.0.1:9090/?query=sum(rate(http_requests_total[1m]))&start=-28d' --csv > rate.csv`;

type Shown = { json?: true; csv?: true; step: number; quiet?: true; color: boolean };

/** `fxscale traffic`. */
export function register(program: Command): void {
  program
    .command('traffic')
    .argument('<traffic>', 'a file, a preset, or a URL of Prometheus')
    .option('--mean <rate>', 'its mean, for example 1000/s', flag(parseRate))
    .option('--peak <rate>', 'or its peak without events', flag(parseRate))
    .option(
      '--growth <share>',
      'for example 20%/y (default: the trend of the record)',
      flag(parseGrowthRange),
    )
    .addOption(
      new Option('--horizon <time>', 'how far ahead').argParser(flag(parseHorizon)).default(12, '12mo'),
    )
    .addOption(eventFlag())
    .addOption(holidayFlag())
    .option(
      '--start <date>',
      'from when on (default: a Monday in June, or where the record starts)',
      flag(parseStart),
    )
    .option('--days <count>', 'how long (default: 7, or until the record ends)', flag(parsePositive))
    .addOption(
      new Option('--zone <name>', 'the local time to show beside UTC')
        .argParser(flag(parseZone))
        .default(new Zone('Europe/London'), 'Europe/London'),
    )
    .addOption(
      new Option('--step <time>', 'between two rates of --csv').argParser(flag(parseTime)).default(60, '1m'),
    )
    .addOption(new Option('--csv', 'the rates step by step, without growth').conflicts('json'))
    .option('--json', 'the result as one JSON document')
    .option('-q, --quiet', 'no progress (there is none)')
    .option('--no-color', 'no colours')
    .addHelpText('after', help)
    .action(traffic);
}

async function traffic(source: string, flags: TrafficFlags & Shown): Promise<void> {
  const now = Date.now() / 1000;
  if (flags.csv) {
    process.stdout.write(renderTrafficCsv(await trafficSteps(source, flags, flags.step, now)));
    return;
  }
  const report = await trafficReport(source, flags, now);
  const terminal = process.stdout.isTTY === true;
  process.stdout.write(
    flags.json
      ? renderTrafficJson(report)
      : renderTraffic(report, {
          color: flags.color && terminal && !process.env.NO_COLOR,
          ...(terminal ? { width: process.stdout.columns } : {}),
        }),
  );
}
