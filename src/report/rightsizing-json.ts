import type { Rightsizing } from '../planners/rightsizing/types.ts';

/** The right sizes as one JSON document, `fxscale.rightsize/1`, numbers in base units as they are. */
export function renderRightsizingJson(report: Rightsizing): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
