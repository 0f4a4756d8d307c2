import { startServer } from './server/listen.mjs';

// Alone, for trying a script by hand: prints what to pass with -e.
const { env } = await startServer();
for (const [name, value] of Object.entries(env)) process.stdout.write(`-e ${name}=${value}\n`);
