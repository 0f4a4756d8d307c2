import type { RangeSeries } from './prometheus-answer.ts';

/** What kube-state-metrics told of a cluster at one time, as answers to the queries of `kubernetes-queries.ts`. */
export type StateAnswers = Readonly<Record<string, readonly RangeSeries[]>>;

type Amounts = { request: number | null; limit: number | null };

export type Workload = {
  namespace: string;
  kind: string;
  name: string;
  /** Of the whole history, and those there now. */
  pods: string[];
  running: number;
  /** Of the pods now: cores and bytes. */
  containers: Map<string, { cpu: Amounts; memory: Amounts }>;
  hpa: RecordedHpa | null;
};

export type RecordedHpa = {
  name: string;
  minReplicas: number;
  maxReplicas: number;
  targets: { metric: string; type: 'utilization' | 'average' | 'value'; value: number }[];
};

/** What has a pod template that can be patched. */
const sized = ['Deployment', 'StatefulSet', 'DaemonSet'];

type Series = readonly RangeSeries[] | undefined;

/** The workloads, in the order of their names, and how many pods belong to what is none, by the kind of it. */
export function workloadsOf(answers: StateAnswers): { workloads: Workload[]; ignored: Map<string, number> } {
  const replicaSets = new Map(
    (answers.replicaSets ?? []).map(({ labels }) => [
      key(labels.namespace, labels.replicaset),
      { kind: labels.owner_kind ?? '', name: labels.owner_name ?? '' },
    ]),
  );
  const running = new Set((answers.running ?? []).map(({ labels }) => key(labels.namespace, labels.pod)));
  const ignored = new Map<string, number>();
  const workloads = new Map<string, Workload>();
  const byPod = new Map<string, Workload>();
  for (const { labels } of answers.pods ?? []) {
    const { namespace = '', pod = '', owner_kind = '', owner_name = '' } = labels;
    const direct = { kind: owner_kind, name: owner_name };
    const { kind, name } =
      owner_kind === 'ReplicaSet' ? (replicaSets.get(key(namespace, owner_name)) ?? direct) : direct;
    if (!sized.includes(kind)) {
      const owner = kind === '' || kind === '<none>' ? 'none' : kind;
      ignored.set(owner, (ignored.get(owner) ?? 0) + 1);
      continue;
    }
    const id = key(namespace, kind, name);
    const none = { pods: [], running: 0, containers: new Map(), hpa: null };
    const found: Workload = workloads.get(id) ?? { namespace, kind, name, ...none };
    workloads.set(id, found);
    found.pods.push(pod);
    if (running.has(key(namespace, pod))) {
      found.running++;
      byPod.set(key(namespace, pod), found);
    }
  }
  addContainers(byPod, answers);
  addHpas(workloads, answers);
  const sorted = [...workloads].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workload]) => workload);
  return { workloads: sorted, ignored };
}

function key(...parts: (string | undefined)[]): string {
  return parts.join('/');
}

/** Pods of one workload differ while it is rolled out: the most is taken. */
function addContainers(byPod: ReadonlyMap<string, Workload>, answers: StateAnswers): void {
  const of = ({ labels }: RangeSeries) => {
    const { container = '' } = labels;
    const workload = byPod.get(key(labels.namespace, labels.pod));
    if (workload === undefined || container === '') return undefined;
    const none = () => ({ request: null, limit: null });
    const found = workload.containers.get(container) ?? { cpu: none(), memory: none() };
    workload.containers.set(container, found);
    return found;
  };
  for (const series of answers.containers ?? []) of(series);
  const set = (all: Series, resource: 'cpu' | 'memory', part: 'request' | 'limit') => {
    for (const series of all ?? []) {
      const amounts = of(series)?.[resource];
      const value = latestOf(series);
      if (amounts !== undefined && value !== undefined) amounts[part] = Math.max(amounts[part] ?? 0, value);
    }
  };
  set(answers.requestedCpu, 'cpu', 'request');
  set(answers.requestedMemory, 'memory', 'request');
  set(answers.cpuLimit, 'cpu', 'limit');
  set(answers.memoryLimit, 'memory', 'limit');
}

function addHpas(workloads: ReadonlyMap<string, Workload>, answers: StateAnswers): void {
  const numbers = (all: Series) =>
    new Map(
      (all ?? []).flatMap((series) => {
        const value = latestOf(series);
        return value === undefined ? [] : [[hpaKey(series), value] as const];
      }),
    );
  const [least, most] = [numbers(answers.minReplicas), numbers(answers.maxReplicas)];
  for (const series of answers.hpas ?? []) {
    const { namespace, scaletargetref_kind, scaletargetref_name, horizontalpodautoscaler } = series.labels;
    const workload = workloads.get(key(namespace, scaletargetref_kind, scaletargetref_name));
    const id = hpaKey(series);
    const maxReplicas = most.get(id);
    if (workload === undefined || maxReplicas === undefined) continue;
    workload.hpa = {
      name: horizontalpodautoscaler ?? '',
      minReplicas: least.get(id) ?? 1,
      maxReplicas,
      targets: (answers.targets ?? []).flatMap((target) => {
        const value = latestOf(target);
        const type = targetType(target.labels.metric_target_type);
        if (hpaKey(target) !== id || value === undefined || type === undefined) return [];
        return [{ metric: target.labels.metric_name ?? '', type, value }];
      }),
    };
  }
}

function hpaKey({ labels }: RangeSeries): string {
  return key(labels.namespace, labels.horizontalpodautoscaler);
}

function targetType(text: string | undefined): RecordedHpa['targets'][number]['type'] | undefined {
  return text === 'utilization' || text === 'average' || text === 'value' ? text : undefined;
}

export function latestOf({ points }: RangeSeries): number | undefined {
  return points.at(-1)?.value;
}
