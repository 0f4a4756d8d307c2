/**
 * Deliberate mistakes in the controller, each as one replacement in the source of a file in src/models/hpa. They are the
 * mistakes that a reader of the documentation makes; none is so crude that everything fails.
 */
export type Mutation = {
  readonly mistake: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
};

const mutation = (file: string, mistake: string, from: string, to: string): Mutation => {
  return { file: `${file}.ts`, mistake, from, to };
};

export const mutations: readonly Mutation[] = [
  mutation(
    'defaults',
    'fills in the default behavior when there is none',
    '{ behavior, ...written }',
    '{ behavior = {}, ...written }',
  ),
  mutation(
    'defaults',
    'does not fill in the other direction of a behavior',
    '{ ...rules, ...written }',
    '{ ...rules }',
  ),
  mutation(
    'integers',
    'keeps fractions of a percent',
    'return Math.trunc(scaled / whole)',
    'return scaled / whole',
  ),
  mutation('integers', 'keeps fractions of a milli-unit', 'Math.trunc(total / count)', 'total / count'),
  mutation('tolerance', 'compares the tolerance in the form of 1.32', 'if (band)', 'if (false)'),
  mutation(
    'controller',
    'ignores the tolerance of the HPA',
    'const own = features.ownTolerance',
    'const own = false',
  ),
  mutation(
    'pod-groups',
    'counts pods that are being deleted',
    "pod.deleting || pod.phase === 'Failed'",
    "pod.phase === 'Failed'",
  ),
  mutation(
    'pod-groups',
    'takes Pending pods for missing ones',
    "if (pod.phase === 'Pending') return 'unready'",
    '',
  ),
  mutation('pod-groups', 'counts the CPU of pods that start', 'cpu && isStarting', 'false && isStarting'),
  mutation('pod-groups', 'asks memory too whether a pod starts', 'cpu && isStarting', 'isStarting'),
  mutation(
    'pod-groups',
    'forgets the window of a sample after a pod became ready',
    'pod.readySince + sample.window',
    'pod.readySince',
  ),
  mutation(
    'pod-groups',
    'takes the readiness delay for the initialization period',
    'pod.startedAt + controller.cpuInitializationPeriod',
    'pod.startedAt + controller.initialReadinessDelay',
  ),
  mutation(
    'pod-groups',
    'takes pods that were ready once for starting ones',
    '!pod.ready && isAfter(pod.startedAt',
    '!pod.ready || isAfter(pod.startedAt',
  ),
  mutation(
    'replicas',
    'multiplies by the replicas instead of the ready pods',
    'Math.ceil(ratio * sums.ready)',
    'Math.ceil(ratio * spec)',
  ),
  mutation(
    'replicas',
    'multiplies in exact arithmetic',
    'Math.ceil(ratio * sums.ready)',
    'Math.ceil(Number((ratio * sums.ready).toFixed(9)))',
  ),
  mutation(
    'replicas',
    'leaves pods without a sample out of the number',
    '(direction === 0 ? 0 : sums.missing) + (withUnready ? sums.unready : 0);',
    '(withUnready ? sums.unready : 0);',
  ),
  mutation(
    'replicas',
    'takes pods without a sample for idle on the way down',
    'direction < 0 ? sums.missingFill : 0',
    'direction < 0 ? 0 : 0',
  ),
  mutation(
    'replicas',
    'lets missing pods turn the direction round',
    '(ratio < 1 && again > 1) || (ratio > 1 && again < 1)',
    'false',
  ),
  mutation(
    'replicas',
    'counts unready pods on the way down too',
    'sums.unready > 0 && ratio > 1',
    'sums.unready > 0',
  ),
  mutation(
    'replicas',
    'multiplies a value target by the replicas',
    'Math.ceil(ratio * ready)',
    'Math.ceil(ratio * spec)',
  ),
  mutation('replicas', 'divides a total by the wanted replicas', 'target * status', 'target * (status + 1)'),
  mutation(
    'replicas',
    'scales a value target without a tolerance',
    'if (isWithin(controller, ratio)) return proposal(spec);',
    '',
  ),
  mutation('metrics', 'takes the last metric instead of the largest', 'proposal.replicas > replicas', 'true'),
  mutation('metrics', 'scales down while a metric fails', 'failures > 0 && replicas < seen.spec', 'false'),
  mutation(
    'metrics',
    'does not scale up while a metric fails',
    'failures > 0 && replicas < seen.spec',
    'failures > 0',
  ),
  mutation(
    'legacy',
    'limits to twice the replicas and four, as behavior does',
    'Math.max(SCALE_UP_FACTOR * spec, SCALE_UP_MINIMUM)',
    'Math.max(SCALE_UP_FACTOR * spec, spec + SCALE_UP_MINIMUM)',
  ),
  mutation(
    'legacy',
    'drops a recommendation as old as the window',
    'isBefore(each.time, cutoff)',
    '!isBefore(cutoff, each.time)',
  ),
  mutation(
    'legacy',
    'remembers the stabilized proposal',
    'record(recommendations, old, want, now);\n  return best',
    'record(recommendations, old, best, now);\n  return best',
  ),
  mutation(
    'behavior',
    'keeps a recommendation as old as the window',
    'isAfter(time, downCutoff)',
    '!isBefore(time, downCutoff)',
  ),
  mutation(
    'behavior',
    'starts from the proposal instead of the replicas',
    'let stable = spec',
    'let stable = want',
  ),
  mutation(
    'behavior',
    'remembers the stabilized proposal',
    'record(recommendations, old, want, now);\n  let stable = spec;',
    'record(recommendations, old, Math.min(Math.max(spec, low), high), now);\n  let stable = spec;',
  ),
  mutation('behavior', 'does not stabilize on the way up', 'up.stabilizationWindowSeconds;', '0;'),
  mutation(
    'behavior',
    'raises by percent in exact arithmetic',
    'Math.ceil(start * (1 + policy.value / 100))',
    'Math.ceil(start + (start * policy.value) / 100)',
  ),
  mutation(
    'behavior',
    'rounds up on the way down',
    'Math.trunc(start * (1 - policy.value / 100))',
    'Math.ceil(start * (1 - policy.value / 100))',
  ),
  mutation(
    'behavior',
    'takes the largest number of replicas for Max on the way down',
    "selectPolicy === 'Min' ? Math.max : Math.min",
    "selectPolicy === 'Min' ? Math.min : Math.max",
  ),
  mutation('behavior', 'takes Disabled for no limit', "if (selectPolicy === 'Disabled') return spec", ''),
  mutation(
    'behavior',
    'does not count scaling down against scaling up',
    '+ changeWithin(downEvents, periodSeconds, now)',
    '',
  ),
  mutation(
    'behavior',
    'does not count scaling up against scaling down',
    '- changeWithin(upEvents, periodSeconds, now)',
    '',
  ),
  mutation(
    'events',
    'counts an event as old as the period',
    'isAfter(event.time, cutoff)',
    '!isBefore(event.time, cutoff)',
  ),
  mutation('events', 'keeps every event', 'if (old === undefined)', 'if (true)'),
  mutation(
    'events',
    'overwrites the first outdated event',
    'if (event.outdated) old = event',
    'if (event.outdated) old ??= event',
  ),
  mutation(
    'sync',
    'forgets the replicas of the first sync',
    'if (initial !== null) state',
    'if (false) state',
  ),
  mutation('sync', 'stabilizes and limits above the maximum too', 'if (spec > max)', 'if (false)'),
  mutation(
    'sync',
    'stores no event when the minimum or maximum is enforced',
    'const change = replicas - seen.spec',
    'if (seen.spec > controller.maxReplicas || seen.spec < controller.minReplicas) return;\n  const change = replicas - seen.spec',
  ),
  mutation('zero', 'scales from zero by the rule of 1.36', 'if (!features.scaleToZero)', 'if (true)'),
  mutation(
    'keda-kafka',
    'asks for a consumer for each begun threshold',
    'Math.floor(even / lagThreshold)',
    'Math.ceil(even / lagThreshold)',
  ),
];
