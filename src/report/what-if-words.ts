import type { Plan } from '../planners/types.ts';
import type { Change } from '../planners/what-if.ts';
import { formatRate, formatSeconds } from '../units.ts';
import { counted } from './resource-words.ts';

/** What would change the plan, and to how many replicas; what changes nothing is told in one line. */
export function changes(plan: Plan): string[] {
  const { replicas, whatIf } = plan;
  if (replicas === null) return [];
  const told = whatIf.map(({ change, replicas: then }) => ({ text: wordsFor(change, plan), then }));
  const same = told.filter(({ then }) => then === replicas.recommended).map(({ text }) => text);
  const others = told.filter(({ then }) => then !== replicas.recommended);
  return [
    ...others.map(
      ({ text, then }) =>
        `${text}: ${then === null ? 'refused, nothing meets it' : counted(then, 'replica')}`,
    ),
    ...(same.length === 0 ? [] : [`${same.join(', ')}: the same`]),
  ];
}

function wordsFor(change: Change, { load, inputs }: Plan): string {
  switch (change.kind) {
    case 'peak':
      return `a peak of ${formatRate((load?.peak ?? 0) * change.factor)}`;
    case 'slo':
      return `${change.factor === 0.5 ? 'half' : `${change.factor} times`} the time of the SLO`;
    case 'availability':
      return `survive the loss of a ${change.to}`;
    case 'startup':
      return `pods that take ${formatSeconds(inputs.startup * change.factor)} to start`;
    case 'events':
      return `without ${inputs.events.map(({ name }) => name).join(', ')}`;
  }
}
