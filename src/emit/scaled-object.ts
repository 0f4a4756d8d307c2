import type { ScaledObject, Trigger } from '../models/hpa/keda.ts';
import { quantity, rulesOf } from './autoscaler.ts';

/** A ScaledObject as the object of its manifest. Rules are as complete as those of the HPA that it was made from. */
export function scaledObject(scaled: ScaledObject): object {
  const { name, namespace, scaleTarget, behavior, triggers, pausedScaleIn, pausedScaleOut, ...counts } =
    scaled;
  const annotations = {
    ...(pausedScaleIn ? { 'autoscaling.keda.sh/paused-scale-in': 'true' } : {}),
    ...(pausedScaleOut ? { 'autoscaling.keda.sh/paused-scale-out': 'true' } : {}),
  };
  const written = {
    ...(behavior?.scaleUp === undefined ? {} : { scaleUp: rulesOf(behavior.scaleUp) }),
    ...(behavior?.scaleDown === undefined ? {} : { scaleDown: rulesOf(behavior.scaleDown) }),
  };
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      scaleTargetRef: scaleTarget,
      ...counts,
      ...(behavior === undefined
        ? {}
        : { advanced: { horizontalPodAutoscalerConfig: { behavior: written } } }),
      triggers: triggers.map(triggerOf),
    },
  };
}

function triggerOf(trigger: Trigger): object {
  const { type } = trigger;
  const name = trigger.name === undefined ? {} : { name: trigger.name };
  if ('target' in trigger) {
    const { container, target } = trigger;
    const value =
      target.type === 'Utilization' ? String(target.averageUtilization) : quantity(target.averageValue);
    const metadata = { value, ...(container === undefined ? {} : { containerName: container }) };
    return { type, ...name, metricType: target.type, metadata };
  }
  const { metricType, metadata, useCachedMetrics } = trigger;
  return { type, ...name, metricType, ...(useCachedMetrics ? { useCachedMetrics } : {}), metadata };
}
