import type { Diagnosis } from '../diagnosis.ts';
import { type Check, groups, type Status } from '../doctor/check.ts';
import { describeAttempt, describeCalibration, describeCheck } from './doctor-words.ts';
import { hang } from './hang.ts';
import { BOLD, GREEN, type Paint, painter, RED } from './k6-layout.ts';

const NARROWEST = 60;
const WIDEST = 120;
const YELLOW = '33';
const DIM = '2';

const marks: Readonly<Record<Status, { word: string; code: string }>> = {
  ok: { word: 'ok', code: GREEN },
  missing: { word: 'missing', code: DIM },
  warning: { word: 'warning', code: YELLOW },
  failed: { word: 'FAILED', code: RED },
  unknown: { word: 'unknown', code: DIM },
};

const titles: Readonly<Record<Check['group'], string>> = {
  fxscale: 'fxscale',
  tools: 'Programs (optional)',
  services: 'Services on this machine (optional)',
  machine: 'Machine',
  limits: 'Limits',
  sources: 'Sources',
};

/** What is here and what is missing, for a person. */
export function renderDoctor(
  { version, machine, checks, calibration, attempt }: Diagnosis,
  { color, width: columns = 80 }: { color: boolean; width?: number },
): string {
  const paint = painter(color);
  const width = Math.min(WIDEST, Math.max(NARROWEST, columns - 1));
  const { platform, node, cpus, model } = machine;
  const parts = [
    paint(
      BOLD,
      hang(`fxscale ${version} on ${platform}, Node ${node.slice(1)}, ${cpus} × ${model}`, 0, width),
    ),
    ...groups.map((group) =>
      section(
        titles[group],
        checks.filter((check) => check.group === group),
        paint,
        width,
      ),
    ),
    ...(calibration === null
      ? []
      : [
          `${paint(BOLD, loadTitle(calibration.date))}\n  ${hang(describeCalibration(calibration), 2, width)}`,
        ]),
    ...(attempt === undefined
      ? []
      : [paint(YELLOW, `${loadTitle()}\n  ${hang(describeAttempt(attempt), 2, width)}`)]),
    summary(checks, paint, width),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function loadTitle(date?: string): string {
  const when = date === undefined ? '' : ` (${date.slice(0, 16).replace('T', ' ')} UTC)`;
  return `Load that this machine can generate${when}`;
}

function section(title: string, checks: readonly Check[], paint: Paint, width: number): string {
  if (checks.length === 0) return '';
  const widest = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map((check) => {
    const { word, code } = marks[check.status];
    const label = `  ${paint(code, word.padEnd(9))}`;
    const said = [...(check.version === undefined ? [] : [check.version]), describeCheck(check)]
      .filter((part) => part !== '')
      .join(', ');
    // A long name, as those of sources, has a line for itself.
    if (widest > LONG_NAME) return `${label}${check.name}\n${' '.repeat(11)}${hang(said, 11, width)}`;
    return `${label}${check.name.padEnd(widest)}  ${hang(said, 13 + widest, width)}`;
  });
  return [paint(BOLD, title), ...lines].join('\n');
}

const LONG_NAME = 20;

function summary(checks: readonly Check[], paint: Paint, width: number): string {
  const count = (status: Status) => checks.filter((check) => check.status === status).length;
  const [failed, warnings, missing] = [count('failed'), count('warning'), count('missing')];
  const parts = [
    failed === 0 ? 'Everything required is fine' : `${failed} failed`,
    ...(warnings > 0 ? [warnings === 1 ? '1 warning' : `${warnings} warnings`] : []),
    ...(missing > 0 ? [`${missing} optional ${missing === 1 ? 'thing' : 'things'} missing`] : []),
  ];
  return paint(failed > 0 ? RED : BOLD, hang(`${parts.join(', ')}.`, 0, width));
}

const BAR = 20;

/** How far a calibration is, in one line of at most `width` characters. */
export function calibrationProgressLine(
  { seconds, of }: { seconds: number; of: number },
  width: number,
): string {
  const filled = Math.round((Math.min(seconds, of) / of) * BAR);
  return `${'━'.repeat(filled)}${'┄'.repeat(BAR - filled)} calibrating: ${Math.min(seconds, of)}s of ${of}s`.slice(
    0,
    width,
  );
}
