import {
  CountQueuingStrategy,
  ReadableStream as HostReadableStream,
  type QueuingStrategy,
  ReadableStreamDefaultReader,
  TransformStream,
  type UnderlyingSource,
  WritableStream,
} from 'node:stream/web';
import { GoError } from '../go-error.ts';

/** As k6's: only streams of values, read by the default reader. */
class ReadableStream extends HostReadableStream<unknown> {
  constructor(source?: unknown, strategy?: unknown) {
    super(checkedSource(source), checkedStrategy(strategy));
  }

  override getReader(...[options]: unknown[]): never {
    const mode =
      typeof options === 'object' && options !== null ? (options as { mode?: unknown }).mode : undefined;
    if (mode === 'byob') throw new GoError("NotSupportedError:'byob' mode is not supported yet");
    if (mode !== undefined) throw new TypeError("options.mode is not 'byob'");
    if (this.locked) throw new TypeError('stream is locked');
    return super.getReader() as never;
  }

  override tee(): never {
    throw new GoError("NotSupportedError:'tee()' is not supported yet");
  }
}

function checkedSource(source: unknown): UnderlyingSource<unknown> {
  if (source === undefined) return {};
  if (typeof source !== 'object' || source === null)
    throw new TypeError('underlyingSource must be an object');
  const { type } = source as { type?: unknown };
  if (type === 'bytes') throw new GoError("NotSupportedError:'bytes' stream is not supported yet");
  if (type !== undefined) throw new TypeError('invalid underlying source type');
  return source as UnderlyingSource<unknown>;
}

function checkedStrategy(strategy: unknown): QueuingStrategy<unknown> {
  const given = (strategy ?? {}) as QueuingStrategy<unknown>;
  if (given.highWaterMark !== undefined && !(Number(given.highWaterMark) >= 0))
    throw new RangeError('highWaterMark must be a non-negative number');
  return given;
}

/**
 * `k6/experimental/streams`. Streams do nothing by themselves, so it is the timers and requests behind them that keep
 * an iteration open.
 */
export function streamsModule(): Record<string, unknown> {
  return {
    ReadableStream,
    ReadableStreamDefaultReader,
    CountQueuingStrategy,
    WritableStream,
    TransformStream,
  };
}
