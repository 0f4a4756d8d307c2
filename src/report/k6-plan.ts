import { goDuration } from '../units.ts';

/** What a scenario will do; which fields there are depends on its executor. Times are seconds. */
export type PlanScenario = {
  readonly name: string;
  readonly executor: string;
  readonly exec: string;
  readonly startTime: number;
  readonly gracefulStop: number;
  readonly vus?: number;
  readonly iterations?: number;
  readonly maxDuration?: number;
  readonly duration?: number;
  readonly startVUs?: number;
  readonly stages?: readonly { readonly duration: number; readonly target: number }[];
  readonly gracefulRampDown?: number;
  readonly rate?: number;
  readonly startRate?: number;
  readonly timeUnit?: number;
  readonly preAllocatedVUs?: number;
  readonly maxVUs?: number;
};

export type Plan = {
  readonly script: string;
  /** Formats and paths; `-` is stdout. */
  readonly outputs: readonly { readonly format: string; readonly path: string }[];
  readonly scenarios: readonly PlanScenario[];
  readonly maxVUs: number;
  /** Until the last iteration has been interrupted, seconds. */
  readonly seconds: number;
  /** The part of the test that runs here, of one. */
  readonly share: number;
};

/** What is going to be run, in k6's words and layout, for the beginning of a run. */
export function renderPlan({ script, outputs, scenarios, maxVUs, seconds, share }: Plan): string {
  const places = outputs.map(({ format, path }) =>
    path === '-' ? `${format}(stdout)` : `${format} (${path})`,
  );
  const count = `${scenarios.length} scenario${scenarios.length === 1 ? '' : 's'}`;
  const most = `${goDuration(seconds)} max duration (incl. graceful stop)`;
  return [
    '',
    '     execution: local',
    `        script: ${script}`,
    `        output: ${places.length === 0 ? '-' : places.join(', ')}`,
    '',
    `     scenarios: (${(share * 100).toFixed(2)}%) ${count}, ${maxVUs} max VUs, ${most}:`,
    ...scenarios.map((one) => `              * ${one.name}: ${described(one)}`),
    '',
    '',
  ].join('\n');
}

function described(scenario: PlanScenario): string {
  const [what, ...own] = wordsOf(scenario);
  const { exec, startTime, gracefulStop } = scenario;
  const facts = [
    ...own,
    ...(exec === 'default' ? [] : [`exec: ${exec}`]),
    ...(startTime === 0 ? [] : [`startTime: ${goDuration(startTime)}`]),
    ...(gracefulStop === 0 ? [] : [`gracefulStop: ${goDuration(gracefulStop)}`]),
  ];
  return facts.length === 0 ? `${what}` : `${what} (${facts.join(', ')})`;
}

/** What it does, then what bounds it. */
function wordsOf(scenario: PlanScenario): string[] {
  const { executor, vus = 1, iterations = 1, duration = 0, stages = [], timeUnit = 1 } = scenario;
  const longest = `maxDuration: ${goDuration(scenario.maxDuration ?? 0)}`;
  const ramp = `for ${goDuration(stages.reduce((sum, stage) => sum + stage.duration, 0))} over ${stages.length} stages`;
  const highest = (start = 0) => Math.max(start, ...stages.map(({ target }) => target));
  const perSecond = (rate: number) => `${(rate / timeUnit).toFixed(2)} iterations/s`;
  switch (executor) {
    case 'shared-iterations':
      return [`${iterations} iterations shared among ${vus} VUs`, longest];
    case 'per-vu-iterations':
      return [`${iterations} iterations for each of ${vus} VUs`, longest];
    case 'constant-vus':
      return [`${vus} looping VUs for ${goDuration(duration)}`];
    case 'ramping-vus':
      return [
        `Up to ${highest(scenario.startVUs)} looping VUs ${ramp}`,
        `gracefulRampDown: ${goDuration(scenario.gracefulRampDown ?? 0)}`,
      ];
    case 'constant-arrival-rate':
      return [`${perSecond(scenario.rate ?? 0)} for ${goDuration(duration)}`, poolOf(scenario)];
    default:
      return [`Up to ${perSecond(highest(scenario.startRate))} ${ramp}`, poolOf(scenario)];
  }
}

function poolOf({ preAllocatedVUs = 0, maxVUs = 0 }: PlanScenario): string {
  return `maxVUs: ${preAllocatedVUs < maxVUs ? `${preAllocatedVUs}-` : ''}${maxVUs}`;
}
