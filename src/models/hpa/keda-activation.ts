import { isAfter } from './instant.ts';
import type { ExternalTrigger, ScaledObject } from './keda.ts';

/** Does a trigger at `value`, in the unit of its metric, call for any replica at all? */
export function isActive({ activationThreshold }: ExternalTrigger, value: number): boolean {
  return value > activationThreshold;
}

/** What KEDA remembers between polls: when a trigger was last active, in seconds. */
export type ActivationState = { lastActive: number | null };

/**
 * KEDA's own loop between zero and one, at each poll: the replicas to set; null when it leaves them to the HPA. `active`
 * is whether any trigger is. Changes `state`.
 */
export function activate(
  scaled: Pick<
    ScaledObject,
    'minReplicaCount' | 'idleReplicaCount' | 'cooldownPeriod' | 'pausedScaleIn' | 'pausedScaleOut'
  >,
  state: ActivationState,
  { now, replicas, active }: { now: number; replicas: number; active: boolean },
): number | null {
  const { minReplicaCount: min, idleReplicaCount: idle } = scaled;
  if (active) {
    state.lastActive = now;
    const asleep = replicas === 0 || (idle !== undefined && replicas < min);
    return asleep && !scaled.pausedScaleOut ? Math.max(1, min) : null;
  }
  const maySleep = idle === undefined ? min === 0 && replicas > 0 : replicas > idle;
  if (maySleep) {
    const rested = state.lastActive === null || isAfter(now, state.lastActive + scaled.cooldownPeriod);
    return rested && !scaled.pausedScaleIn ? (idle ?? 0) : null;
  }
  return idle === undefined && replicas < min ? min : null;
}
