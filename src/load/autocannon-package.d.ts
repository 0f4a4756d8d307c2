/** What fxscale uses of autocannon 9, which comes without types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  /** One connection, which has one request outstanding at any time. */
  export type Client = EventEmitter & {
    /** The connection ends itself instead of sending a request beyond this many. */
    responseMax: number;
    /** It is made anew, instead of telling of the answer, after an answer whose number this divides. */
    reconnectRate: number;
    conn: Socket;
    readonly parser: { reinitialize(type: 'RESPONSE'): void };
    readonly pipelinedRequests: { size(): number; clear(): void };
    /** Ends it for good. */
    destroy(): void;
  };

  export type Options = {
    url: string;
    method: string;
    headers: Record<string, string>;
    body?: string;
    connections: number;
    /** Seconds, here and below. */
    duration: number;
    timeout: number;
    /** Milliseconds between two looks at whether it is over. */
    sampleInt: number;
    setupClient(client: Client): void;
  };

  /** It is over soon after every client has ended. */
  export default function autocannon(options: Options, done: (error: Error | null) => void): unknown;
}
