// How many syncs of the HPA controller are simulated in a second, on one core? The real Go controller's own tests do about
// 6,400 a second with their fakes; issue 6 asks for 500,000. Usage: npm run bench:hpa [-- --seconds 2]
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { controllerOfTrace, observe } from '../dist/src/hpa-replay.js';
import { parseTrace } from '../dist/src/hpa-traces.js';
import { controllerOf } from '../dist/src/models/hpa/controller.js';
import { withDefaults } from '../dist/src/models/hpa/defaults.js';
import { newState } from '../dist/src/models/hpa/state.js';
import { sync } from '../dist/src/models/hpa/sync.js';
import { defaultRelease } from '../dist/src/models/hpa/version.js';

const WANTED = 500_000;
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
const seconds = Number(values.seconds);

/**
 * Syncs per second of CPU time of `round`, which does a number of them and returns it; the first half second is not
 * counted. CPU time, because what else the machine does is not the controller's.
 */
function rateOf(round) {
  const until = (time) => {
    let syncs = 0;
    const before = process.cpuUsage();
    const spent = () => process.cpuUsage(before).user / 1e6;
    while (spent() < time) syncs += round();
    return syncs / spent();
  };
  until(0.5);
  return until(seconds);
}

/** Every recorded trace from its start, as the controller saw it: about five pods, all kinds of metrics. */
function recordedRound() {
  const file = join(import.meta.dirname, '..', 'test', 'fixtures', 'hpa', 'traces.jsonl.gz');
  const traces = gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split('\n')
    .map((line, i) => {
      const trace = parseTrace(line, `traces:${i + 1}`);
      const seen = trace.steps.map((step) => observe(trace, step));
      return { controller: controllerOfTrace(trace, defaultRelease), seen };
    });
  const pods = traces.flatMap(({ seen }) => seen.map((each) => each.pods.length));
  const mean = pods.reduce((sum, count) => sum + count, 0) / pods.length;
  const round = () => {
    let syncs = 0;
    for (const { controller, seen } of traces) {
      const state = newState();
      for (const each of seen) sync(controller, state, each);
      syncs += seen.length;
    }
    return syncs;
  };
  return { what: `${traces.length} recorded traces, ${mean.toFixed(1)} pods on average`, round };
}

/** A CPU target with behavior over `count` pods whose use swings around it. */
function cpuRound(count) {
  const hpa = withDefaults({
    name: 'a',
    scaleTarget: { kind: 'Deployment', name: 'a' },
    minReplicas: 2,
    maxReplicas: 2 * count,
    metrics: [{ type: 'Resource', name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } }],
    behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
  });
  const controller = controllerOf(hpa);
  const state = newState();
  const ready = { phase: 'Running', deleting: false, ready: true, readySince: -600, startedAt: -620 };
  const pods = Array.from({ length: count }, () => ({ ...ready }));
  const requests = pods.map(() => 500);
  const levels = Array.from({ length: 64 }, (_, i) => {
    const value = Math.round(350 + 250 * Math.sin((i * Math.PI) / 32));
    return [{ kind: 'pods', samples: pods.map(() => ({ value, time: 0, window: 15 })), requests }];
  });
  let now = 0;
  const round = () => {
    for (const readings of levels) {
      now += 15.02;
      sync(controller, state, { now, spec: count, status: count, pods, readings });
    }
    return levels.length;
  };
  return { what: `CPU of ${count} pods with behavior`, round };
}

for (const { what, round } of [recordedRound(), cpuRound(10), cpuRound(50)]) {
  const rate = rateOf(round);
  process.stdout.write(
    `${what}: ${Math.round(rate).toLocaleString('en')} syncs/s, ${(rate / WANTED).toFixed(1)} times the 500,000 asked for\n`,
  );
}
