import { type Lateness, latenessAt } from '../../models/rightsizing/lateness.ts';
import type { Grid } from '../../models/rightsizing/use.ts';
import type { RightsizingFinding } from './findings.ts';
import type { ContainerAdvice, ContainerHistory } from './types.ts';

/** Seconds below which nobody needs to know. */
const LATE = 1;

/** What today's CPU request and the advised one, with an HPA already regarded, cost on a full node. */
export function judgeLateness(
  { step }: Grid,
  { pods }: ContainerHistory,
  advice: ContainerAdvice,
): { advice: ContainerAdvice; findings: RightsizingFinding[] } {
  const at = (request: number | null | undefined): Lateness | null => {
    if (!request) return null;
    const all = pods.map(({ cpu }) => latenessAt(cpu, request, step));
    const worstOf = (part: keyof Lateness) => Math.max(0, ...all.map((each) => each[part]));
    return { worst: worstOf('worst'), share: worstOf('share') };
  };
  const from = advice.now.cpu.request;
  const to = advice.advice.fxscale.cpu?.request ?? null;
  const lateness = { now: at(from), advised: at(to) };
  const { now, advised } = lateness;
  const findings: RightsizingFinding[] = [];
  const container = advice.name;
  if (from !== null && to !== null && now !== null && from < to && now.worst >= LATE) {
    const args = { container, request: from, ...now, left: advised?.worst ?? 0 };
    findings.push({ code: 'CPU_REQUEST_SHORT', severity: 'warning', args });
  } else if (to !== null && advised !== null && advised.worst >= LATE) {
    const args = { container, request: to, ...advised };
    findings.push({ code: 'CPU_REQUEST_LATE', severity: 'info', args });
  }
  return { advice: { ...advice, lateness }, findings };
}
