import { pipeline, Transform } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { streamTrades } from '../../trading/trades.ts';
import { afterHeader, afterOf } from '../after.ts';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';
import { type PeriodQuery, parsePeriod, periodProperties } from '../period.ts';
import { ownId } from '../users.ts';

const schema = {
  headers: afterHeader,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: periodProperties,
  },
};

/** Bytes of text that go to the response, and to the compressor, at a time. */
const chunkSize = 16 * 1024;

export function streamRoutes(app: FastifyInstance, { reads, signedIn }: Platform): void {
  app.get<{ Querystring: PeriodQuery }>(
    '/api/trading/trades/stream',
    { schema, compress: compression, onRequest: signedIn },
    async (request, reply) => {
      const period = parsePeriod({ ...request.query, userId: ownId(request, request.query.userId) });
      const rows = await streamTrades(reads.for(period.userId, afterOf(request)), period);
      const array = wantsArray(request);
      const text = array ? toJsonArray() : toNdjson();
      // A client that leaves destroys `text`, and that destroys `rows`, which stops the query. The other way round,
      // rows that break off destroy the connection: no reader takes a part for the whole.
      pipeline(rows, text, (error) => {
        if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
          request.log.warn({ err: error }, 'stream broke off');
      });
      return reply.type(array ? 'application/json' : 'application/x-ndjson').send(text);
    },
  );
}

/** Lines, which can be read one by one, unless the client accepts an array and not those. */
function wantsArray({ headers: { accept = '' } }: FastifyRequest): boolean {
  const types = accept.split(',').map((each) => each.split(';')[0]?.trim().toLowerCase());
  return types.includes('application/json') && !types.includes('application/x-ndjson');
}

/** Rows to JSON, one on each line. */
export function toNdjson(): Transform {
  return toText({ begin: '', between: '', after: '\n', end: '' });
}

/** Rows to one array of JSON, which is valid only when all of them are there. */
export function toJsonArray(): Transform {
  return toText({ begin: '[', between: ',\n', after: '', end: ']' });
}

/** Some rows at a time. */
function toText({ begin, between, after, end }: Record<'begin' | 'between' | 'after' | 'end', string>) {
  let text = begin;
  let separator = '';
  return new Transform({
    writableObjectMode: true,
    readableHighWaterMark: chunkSize,
    transform(row, _encoding, done) {
      text += separator + JSON.stringify(row) + after;
      separator = between;
      if (text.length < chunkSize) return done();
      done(null, text);
      text = '';
    },
    flush: (done) => done(null, text + end),
  });
}
