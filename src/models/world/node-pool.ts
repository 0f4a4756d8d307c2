/** Nodes with room for a number of pods each; more are added when a pod finds no room. Seconds. */
export type NodeSettings = {
  readonly count: number;
  readonly podsPerNode: number;
  /** Until a node that was asked for takes pods. */
  readonly delay: number;
  /** A node that is not needed for this long is removed, down to `count`. */
  readonly idle: number;
};

/** Without settings there is always room. Pods are counted, not put on a particular node, as if packed. */
export class NodePool {
  readonly #settings: NodeSettings | null;
  #nodes: number;
  #used = 0;
  /** When nodes that were asked for arrive. */
  #coming: number[] = [];
  #spareSince = Number.POSITIVE_INFINITY;

  constructor(settings: NodeSettings | null) {
    this.#settings = settings;
    this.#nodes = settings?.count ?? 0;
  }

  get nodes(): number {
    return this.#nodes;
  }

  get nextAt(): number {
    return this.#coming[0] ?? Number.POSITIVE_INFINITY;
  }

  /** Has nodes for `pods` pods that run already. */
  provide(pods: number): void {
    this.#used += pods;
    if (this.#settings !== null)
      this.#nodes = Math.max(this.#nodes, Math.ceil(this.#used / this.#settings.podsPerNode));
  }

  /** Takes a place for a pod, if there is one. */
  place(): boolean {
    if (this.#settings !== null && this.#used >= this.#nodes * this.#settings.podsPerNode) return false;
    this.#used++;
    return true;
  }

  /** Asks for nodes for `pods` pods that found no room. */
  ask(pods: number, now: number): void {
    if (this.#settings === null) return;
    const { podsPerNode, delay } = this.#settings;
    while (this.#coming.length < Math.ceil(pods / podsPerNode)) this.#coming.push(now + delay);
  }

  release(): void {
    this.#used--;
  }

  advance(now: number): void {
    if (this.#settings === null) return;
    const { count, podsPerNode, idle } = this.#settings;
    while (this.nextAt <= now) {
      this.#coming.shift();
      this.#nodes++;
    }
    const spare = this.#nodes > Math.max(count, Math.ceil(this.#used / podsPerNode));
    if (!spare) this.#spareSince = Number.POSITIVE_INFINITY;
    else if (this.#spareSince === Number.POSITIVE_INFINITY) this.#spareSince = now;
    else if (now - this.#spareSince >= idle) {
      this.#nodes--;
      this.#spareSince = now;
    }
  }
}
