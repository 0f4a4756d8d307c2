import type { Crew } from './driver.ts';
import { record } from './metrics.ts';
import type { Scenario } from './options.ts';
import type { SchedulePlan } from './schedule/plan.ts';
import type { ScenarioProgress } from './session.ts';
import type { Test } from './test.ts';
import { User } from './user.ts';

type Joining = {
  scenario: Scenario;
  plan: SchedulePlan;
  progress: ScenarioProgress;
  data: string | undefined;
};

/** The VUs of one scenario. Arrival rates keep theirs to the end; other executors give each back when it is done. */
export class ScenarioCrew implements Crew<User> {
  readonly #test: Test;
  readonly #users: User[];
  readonly #idle: User[];
  readonly #joining: Joining;
  readonly #own: User[] = [];
  /** How many more may come from the idle ones, which other scenarios count on too. */
  #share: number;

  constructor(test: Test, users: User[], idle: User[], joining: Joining) {
    this.#test = test;
    this.#users = users;
    this.#idle = idle;
    this.#joining = joining;
    this.#share = joining.plan.kind === 'starts' ? joining.plan.preAllocatedVUs : Number.POSITIVE_INFINITY;
  }

  take(): User | undefined {
    const known = this.#own.pop();
    if (known !== undefined || this.#share === 0) return known;
    const fresh = this.#idle.shift();
    if (fresh === undefined) return undefined;
    this.#share--;
    return this.#joined(fresh);
  }

  giveBack(user: User): void {
    if (this.#joining.plan.kind === 'starts') this.#own.push(user);
    else returnTo(this.#idle, user);
  }

  async add(): Promise<User> {
    const user = await User.create(this.#users.length, this.#test.session, this.#test.script);
    this.#users.push(user);
    return this.#joined(user);
  }

  dropped(count: number): void {
    const { session } = this.#test;
    record(
      session.builtins.droppedIterations,
      session.baseTags.with('scenario', this.#joining.scenario.name),
      count,
    );
    session.counts.dropped += count;
  }

  /** Leaves the VUs to the other scenarios. */
  disband(): void {
    for (const user of this.#own.splice(0)) returnTo(this.#idle, user);
  }

  #joined(user: User): User {
    const { scenario, progress, data } = this.#joining;
    user.join(scenario, progress, data);
    return user;
  }
}

/** Idle VUs are taken in the order of their ids, as k6 does. */
function returnTo(idle: User[], user: User): void {
  const at = idle.findIndex(({ vu }) => vu.id > user.vu.id);
  idle.splice(at < 0 ? idle.length : at, 0, user);
}
