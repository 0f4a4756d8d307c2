import type { Plan } from '../planners/types.ts';

/** The plan as one JSON document, `fxscale.plan/1`, numbers in base units as they are. */
export function renderJson(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}
