// What the platform is compared with: Fastify and a pool of connections, nothing else. `POST /insert` adds one row,
// `GET /quote` answers JSON. Usage: node bench/insert-server.mjs DATABASE_URL POOL; prints its address.
import Fastify from 'fastify';
import pg from 'pg';

const [url, max] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: url, max: Number(max) });
await pool.query(
  `CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL,
     symbol varchar(10) NOT NULL, action varchar(10) NOT NULL, volume numeric(10,2) NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now())`,
);
const insert = {
  name: 'insert',
  text: 'INSERT INTO bare (user_id, symbol, action, volume) VALUES ($1, $2, $3, $4) RETURNING id, created_at',
};
const properties = {
  userId: { type: 'string' },
  symbol: { type: 'string' },
  action: { enum: ['buy', 'sell'] },
  volume: { type: 'string' },
};
const body = { type: 'object', required: Object.keys(properties), properties };

const app = Fastify();
app.post('/insert', { schema: { body } }, async (request, reply) => {
  const { userId, symbol, action, volume } = request.body;
  const { rows } = await pool.query({ ...insert, values: [userId, symbol, action, volume] });
  return reply.code(201).send({ ...request.body, id: rows[0].id, createdAt: rows[0].created_at });
});
app.get('/quote', () => ({
  symbol: 'EURUSD',
  bid: '1.08496',
  ask: '1.08504',
  spread: '0.00008',
  time: new Date(1.7e12).toISOString(),
}));
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
