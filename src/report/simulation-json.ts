import type { Simulation, Steps } from '../models/world/ledger.ts';
import type { SimulationReport } from './simulation.ts';

const SCHEMA = 'fxscale.simulation/1';

/** One document: of every HPA the totals, what happened when, and a row for every step. Seconds, shares of one. */
export function renderSimulationJson({ hpas, ...settings }: SimulationReport): string {
  const results = hpas.map(({ name, cost, comparison, findings, simulation: { steps, ...totals } }) => ({
    name,
    cost,
    comparison,
    findings,
    ...totals,
    steps: rows(steps, totals),
  }));
  return `${JSON.stringify({ schema: SCHEMA, ...settings, hpas: results })}\n`;
}

function rows(
  steps: Steps,
  { start, seconds }: Pick<Simulation, 'start' | 'seconds'>,
): Record<string, number | null>[] {
  const columns = Object.entries(steps) as [string, ArrayLike<number>][];
  return Array.from({ length: steps.rate.length }, (_, k) => {
    const row: Record<string, number | null> = { t: start + k * seconds };
    for (const [name, column] of columns) {
      const value = column[k] as number;
      row[name] = Number.isFinite(value) ? value : null;
    }
    return row;
  });
}
