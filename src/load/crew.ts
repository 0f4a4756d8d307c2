import type { Crew } from './driver.ts';
import { record } from './metrics.ts';
import type { Scenario } from './options.ts';
import type { Share } from './schedule/share.ts';
import type { ScenarioProgress, Session } from './session.ts';
import type { User } from './user.ts';

/** What a VU must know of the scenario that it runs iterations of. */
export type Joining = {
  scenario: Scenario;
  share: Share;
  progress: ScenarioProgress;
  /** What setup gave, as JSON. */
  data: string | undefined;
};

/** The VUs of one scenario. Arrival rates keep theirs to the end; other executors give each back when it is done. */
export class ScenarioCrew implements Crew<User> {
  readonly #session: Session;
  readonly #idle: User[];
  readonly #joining: Joining;
  readonly #make: () => Promise<User>;
  readonly #own: User[] = [];
  /** How many more may come from the idle ones, which other scenarios count on too. */
  #left: number;

  /** `idle` are the VUs that no scenario has; `make` initialises one more. */
  constructor(session: Session, idle: User[], joining: Joining, make: () => Promise<User>) {
    const { plan } = joining.share;
    this.#session = session;
    this.#idle = idle;
    this.#joining = joining;
    this.#make = make;
    this.#left = plan.kind === 'starts' ? plan.preAllocatedVUs : Number.POSITIVE_INFINITY;
  }

  take(): User | undefined {
    const known = this.#own.pop();
    if (known !== undefined || this.#left === 0) return known;
    const fresh = this.#idle.shift();
    if (fresh === undefined) return undefined;
    this.#left--;
    return this.#joined(fresh);
  }

  giveBack(user: User): void {
    if (this.#joining.share.plan.kind === 'starts') this.#own.push(user);
    else returnTo(this.#idle, user);
  }

  async add(): Promise<User> {
    return this.#joined(await this.#make());
  }

  exhausted(workers: number): void {
    const { name, executor } = this.#joining.scenario;
    this.#session.log(
      'warning',
      `Insufficient VUs, reached ${workers} active VUs and cannot initialize more`,
      { executor, scenario: name },
    );
  }

  dropped(count: number): void {
    const session = this.#session;
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
    user.join(this.#joining);
    return user;
  }
}

/** Idle VUs are taken in the order of their ids, as k6 does. */
function returnTo(idle: User[], user: User): void {
  const at = idle.findIndex(({ vu }) => vu.id > user.vu.id);
  idle.splice(at < 0 ? idle.length : at, 0, user);
}
