import { parseSegment, parseSequence, placeOf, type Ratio, type Segment } from '../schedule/segment.ts';
import type { Fields, Given } from './fields.ts';
import { refuse } from './fields.ts';

/** The part of a test that one process runs, in k6's notation; undefined for all of it. */
export type SegmentOptions = {
  readonly executionSegment: string | undefined;
  readonly executionSegmentSequence: string | undefined;
};

/** Throws SCRIPT_OPTIONS, or USAGE for a flag, for what is no segment and for one that is not in its sequence. */
export function readSegments(fields: Fields): SegmentOptions {
  const own = fields.custom<Segment | null>('executionSegment', null, reader(parseSegment), format);
  const sequence = fields.custom<Segment[] | null>(
    'executionSegmentSequence',
    null,
    reader(parseSequence),
    formatAll,
  );
  if (sequence !== null) {
    try {
      placeOf(own ?? parseSegment('1'), sequence);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw fields.wrong('executionSegmentSequence', `${format(own) ?? '0:1'} is not one of its segments`);
    }
  }
  return { executionSegment: format(own), executionSegmentSequence: formatAll(sequence) };
}

function reader<T>(parse: (text: string) => T): (given: Given) => T {
  return (given) => {
    if (typeof given.value !== 'string') throw refuse(given, 'it must be text such as "1/3:2/3"');
    try {
      return parse(given.value);
    } catch (error) {
      if (error instanceof RangeError) throw refuse(given, error.message);
      throw error;
    }
  };
}

function format(segment: Segment | null): string | undefined {
  return segment === null ? undefined : `${ratio(segment.from)}:${ratio(segment.to)}`;
}

function formatAll(sequence: readonly Segment[] | null): string | undefined {
  const first = sequence?.[0];
  if (sequence === null || first === undefined) return undefined;
  return [first.from, ...sequence.map(({ to }) => to)].map(ratio).join(',');
}

function ratio({ numerator, denominator }: Ratio): string {
  return denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`;
}
