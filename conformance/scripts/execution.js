// @lines by vu
import exec from 'k6/execution';

export const options = { scenarios: { here: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };

for (const read of [
  () => exec.scenario.name,
  () => exec.vu.iterationInScenario,
  () => exec.instance.vusActive,
]) {
  try {
    console.log(typeof read());
  } catch (error) {
    console.log(error.message);
  }
}

export default function () {
  const { scenario, instance, vu } = exec;
  const name = `vu${vu.idInTest}`;
  console.log(name, Object.keys(exec).sort().join(), Object.keys(scenario).sort().join());
  console.log(
    name,
    Object.keys(instance).sort().join(),
    Object.keys(vu).sort().join(),
    Object.keys(exec.test).sort().join(),
  );
  console.log(
    name,
    scenario.name,
    scenario.executor,
    vu.idInInstance,
    vu.iterationInInstance,
    vu.iterationInScenario,
  );
  console.log(name, scenario.progress >= 0 && scenario.progress <= 1, Date.now() - scenario.startTime < 5000);
  console.log(
    name,
    instance.vusInitialized,
    instance.vusActive <= 2,
    instance.iterationsInterrupted,
    __VU,
    __ITER,
  );
}
