import { pipeline, Transform } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Platform } from '../app.ts';
import { compression } from '../compression.ts';
import { type PeriodQuery, parsePeriod, periodProperties } from '../period.ts';
import { streamTrades } from '../trades.ts';

const schema = {
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['userId'],
    properties: periodProperties,
  },
};

/** Bytes of lines that go to the response, and to the compressor, at a time. */
const chunkSize = 16 * 1024;

export function streamRoutes(app: FastifyInstance, { database }: Platform): void {
  app.get<{ Querystring: PeriodQuery }>(
    '/api/trading/trades/stream',
    { schema, compress: compression },
    async (request, reply) => {
      const rows = await streamTrades(database, parsePeriod(request.query));
      const lines = toNdjson();
      // A client that leaves destroys `lines`, and that destroys `rows`, which stops the query.
      pipeline(rows, lines, (error) => {
        if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
          request.log.warn({ err: error }, 'stream broke off');
      });
      return reply.type('application/x-ndjson').send(lines);
    },
  );
}

/** Rows to JSON, one on each line, some lines at a time. */
export function toNdjson(): Transform {
  let lines = '';
  return new Transform({
    writableObjectMode: true,
    readableHighWaterMark: chunkSize,
    transform(row, _encoding, done) {
      lines += `${JSON.stringify(row)}\n`;
      if (lines.length < chunkSize) return done();
      done(null, lines);
      lines = '';
    },
    flush: (done) => done(null, lines),
  });
}
