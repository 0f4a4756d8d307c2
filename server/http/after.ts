import type { FastifyRequest } from 'fastify';

/** For the schema of a route that reads a user's data. */
export const afterHeader = {
  type: 'object',
  properties: { 'fx-after': { type: 'string', pattern: '^\\d{1,20}$' } },
};

/**
 * The transaction of the client's last trade, as header `fx-transaction` of its answer told it: what is read has it
 * in, whichever process answers.
 */
export function afterOf(request: FastifyRequest): string | undefined {
  const { 'fx-after': after } = request.headers;
  return typeof after === 'string' ? after : undefined;
}
