import type { Load } from './load.ts';
import type { Availability, Inputs } from './types.ts';

/** One thing that could be asked otherwise. */
export type Change =
  | { kind: 'peak'; factor: number }
  | { kind: 'slo'; factor: number }
  | { kind: 'availability'; to: Availability }
  | { kind: 'startup'; factor: number }
  | { kind: 'events' };

/** What the plan would recommend then; null where it would be refused. */
export type WhatIf = { change: Change; replicas: number | null };

/** What is worth knowing about a plan for `inputs`. */
export function changesOf({ availability, slos, events, startup }: Inputs): Change[] {
  return [
    { kind: 'peak', factor: 0.5 },
    { kind: 'peak', factor: 1.5 },
    ...(slos.length === 0 ? [] : [{ kind: 'slo', factor: 0.5 } as const]),
    ...(availability === 'replica' ? [{ kind: 'availability', to: 'zone' } as const] : []),
    ...(startup > 0 ? [{ kind: 'startup', factor: 2 } as const] : []),
    ...(events.length === 0 ? [] : [{ kind: 'events' } as const]),
  ];
}

export function inputsAfter(change: Change, inputs: Inputs): Inputs {
  switch (change.kind) {
    case 'peak':
      return inputs;
    case 'slo':
      return {
        ...inputs,
        slos: inputs.slos.map((slo) => ({ ...slo, seconds: slo.seconds * change.factor })),
      };
    case 'availability':
      return { ...inputs, availability: change.to };
    case 'startup':
      return { ...inputs, startup: inputs.startup * change.factor };
    case 'events':
      return { ...inputs, events: [] };
  }
}

export function loadAfter(change: Change, load: Load): Load {
  if (change.kind === 'events') return { ...load, withEvents: load.peak };
  if (change.kind !== 'peak') return load;
  const { now, peak, withEvents } = load;
  const [first, second, third] = [now, peak, withEvents].map((draws) =>
    draws.map((each) => each * change.factor),
  );
  return { ...load, now: first ?? now, peak: second ?? peak, withEvents: third ?? withEvents };
}
