import { type Command, InvalidArgumentError } from 'commander';
import { SHORTEST } from '../calibrate.ts';
import { writeCalibration } from '../calibration.ts';
import { diagnose, failureOf } from '../diagnosis.ts';
import { flag, parseWorkers } from '../flag.ts';
import { onInterrupt } from '../interrupt.ts';
import { calibrationProgressLine, renderDoctor } from '../report/doctor.ts';
import { append } from '../run-flags.ts';
import { parseCount } from '../units.ts';

type DoctorOptions = {
  calibrate: boolean;
  seconds: number;
  workers: number | 'auto';
  collect: string[];
  json?: true;
  quiet?: true;
  color: boolean;
};

const help = `
A server of its own on the loopback interface is loaded to calibrate; what it came to is kept in .fxscale/doctor.json,
and runs in this folder say how much of it they used. Calibrate on a quiet machine.

Exit codes: 0 everything required is fine, also when optional things are missing or a limit may bite; 2 Node is too old
or runs cannot be kept in this folder; 4 a --collect source cannot be read.

Examples:
  $ fxscale doctor
  $ fxscale doctor --no-calibrate --collect postgres://postgres@127.0.0.1:5432/fx --json`;

/** \`fxscale doctor\`. */
export function register(program: Command): void {
  program
    .command('doctor')
    .option('--no-calibrate', 'load nothing; show the calibration that is kept')
    .option('--seconds <count>', 'how long to calibrate', parseLength, 10)
    .option('--workers <count>', 'threads that make the load, or auto, as in fxscale run', parseWorkers, 1)
    .option('--collect <url>', 'try to read this source, as in fxscale run (repeatable)', append, [])
    .option('-q, --quiet', 'no progress')
    .option('--no-color', 'no colours')
    .option('--json', 'the result as one JSON document')
    .addHelpText('after', help)
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const { collect, workers, seconds } = options;
  const interrupt = onInterrupt();
  const live = !options.quiet && process.stderr.isTTY === true;
  const clear = () => live && process.stderr.write('\r\u001b[2K');
  try {
    const diagnosis = await diagnose({
      collect,
      workers,
      seconds: options.calibrate ? seconds : undefined,
      signal: interrupt.signal,
      progress(done) {
        clear();
        if (live) process.stderr.write(calibrationProgressLine(done, (process.stderr.columns ?? 80) - 1));
      },
    });
    clear();
    const terminal = process.stdout.isTTY === true;
    const color = options.color && terminal && !process.env.NO_COLOR;
    const width = terminal ? { width: process.stdout.columns } : {};
    process.stdout.write(
      options.json ? `${JSON.stringify(diagnosis)}\n` : renderDoctor(diagnosis, { color, ...width }),
    );
    if (options.calibrate && diagnosis.calibration !== null) writeCalibration(diagnosis);
    const failure = failureOf(diagnosis);
    if (failure !== undefined) throw failure;
  } finally {
    clear();
    interrupt.dispose();
  }
}

function parseLength(text: string): number {
  const seconds = flag(parseCount)(text);
  if (seconds < SHORTEST) throw new InvalidArgumentError(`write a number of seconds, ${SHORTEST} or more`);
  return seconds;
}
