import { type Metric, record, type Tags } from '../metrics.ts';
import type { VU } from '../vu.ts';
import type { Method } from './protos.ts';

/** The samples of one call, under the tags that its VU had when it was made. */
export class CallSamples {
  readonly #vu: VU;
  readonly #startedAt = performance.now();
  readonly #tags: Tags;

  /** Without a method, for calls that k6 makes of its own: reflection and health. */
  constructor(vu: VU, address: string, method?: Method, given: Record<string, string> = {}) {
    this.#vu = vu;
    const { systemTags } = vu.session.options;
    let { tags } = vu;
    if (method !== undefined) {
      const { path, service, name } = method;
      const system = { method: name, name: path, service, url: `${address}${path}` };
      for (const [key, value] of Object.entries(system))
        if (systemTags.has(key)) tags = tags.with(key, value);
      for (const [key, value] of Object.entries(given)) tags = tags.with(key, value);
    }
    this.#tags = tags;
  }

  /** The call ended with the gRPC code `code`. */
  ended(code: number): void {
    const tagged = this.#vu.session.options.systemTags.has('status');
    const tags = tagged ? this.#tags.with('status', String(code)) : this.#tags;
    record(this.#vu.session.builtins.grpcReqDuration, tags, performance.now() - this.#startedAt);
  }

  stream(): void {
    this.#one(this.#vu.session.builtins.grpcStreams);
  }

  sent(): void {
    this.#one(this.#vu.session.builtins.grpcStreamsMsgsSent);
  }

  received(): void {
    this.#one(this.#vu.session.builtins.grpcStreamsMsgsReceived);
  }

  #one(metric: Metric): void {
    record(metric, this.#tags, 1);
  }
}
