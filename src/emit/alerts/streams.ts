import { round } from '../../units.ts';
import { waitingJobs } from '../platform-metrics.ts';
import { type GroupTier, groupsSeen, type QueueTier, queuesSeen, type Tiers } from '../tiers.ts';
import { figure, type Rule, type RuleGroup, type Target } from './rule.ts';

/** How many times what an autoscaler aims at may wait: more than it can catch up with by itself. */
const FAR = 10;

/**
 * Alerts on consumers and queue workers that fall behind although all of them run; undefined when neither is
 * planned under a name that its metrics have.
 */
export function streamsGroup({ kafka, workers }: Tiers, { service }: Target): RuleGroup | undefined {
  const rules = [
    ...groupsSeen(kafka).map((group) => lag(group, service)),
    ...queuesSeen(workers).map((queue) => depth(queue, workers?.recommended ?? 0, service)),
  ];
  return rules.length === 0 ? undefined : { name: `${service}-streams`, rules };
}

function lag({ group, topics, consumers, lagThreshold }: GroupTier, service: string): Rule {
  const names = topics.map(({ topic }) => topic).join('|');
  return {
    alert: 'ConsumersFallBehind',
    expr: `sum(kafka_consumer_lag_records{topic=~"${names}"}) > ${figure(FAR * lagThreshold * consumers.enough)}`,
    for: '10m',
    labels: { severity: 'warning', service, group },
    annotations: {
      summary: `the consumers of ${group} do not keep up`,
      description: `{{ $value | humanize }} records wait; ${round(consumers.enough)} consumers were planned, each for ${round(lagThreshold)}.`,
    },
  };
}

function depth({ queue, depthTarget }: QueueTier, workers: number, service: string): Rule {
  return {
    alert: 'WorkersFallBehind',
    expr: `${waitingJobs(queue)} > ${figure(FAR * depthTarget * workers)}`,
    for: '10m',
    labels: { severity: 'warning', service, queue },
    annotations: {
      summary: `the workers of ${queue} do not keep up`,
      description: `{{ $value | humanize }} jobs wait; ${workers} workers were planned, each for ${round(depthTarget)}.`,
    },
  };
}
