import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseRun } from '../../src/run.ts';
import { Folder, serve, start } from './fxscale.ts';

const folder = new Folder();
afterAll(() => folder.remove());

const script = `
  import http from 'k6/http';
  export const options = { scenarios: { main: {
    executor: 'constant-arrival-rate', rate: 20, duration: '4s', preAllocatedVUs: 5 } } };
  export default function () { http.get(__ENV.BASE + '/'); }`;

// They wait for the run's seconds, which may as well be the same ones.
describe.concurrent('fxscale run --collect', () => {
  it('goes on when a source ends and another refuses the password, and says so everywhere', async () => {
    const page = await serve((request, response) => {
      if (request.url === '/') response.end('ok');
      else if (request.headers.authorization !== undefined) response.writeHead(401).end();
      else response.end('process_cpu_seconds_total 1.5\n');
    });
    const { host, port } = new URL(page.url);
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const saved = path.join(folder.path, 'run.ndjson');
    const run = start(
      [
        ...['run', folder.write('script.js', script), '-e', `BASE=${page.url}`, '--save', saved],
        ...['--collect', `${page.url}/metrics`, '--collect', `http://fx:Hunter2@localhost:${port}/private`],
        ...['--collect', `pid:${child.pid}=api`],
      ],
      { cwd: folder.path },
    );
    await vi.waitFor(() => expect(read(saved).samples.map(({ source }) => source)).toContain('process/api'), {
      timeout: 20_000,
    });
    child.kill('SIGKILL');
    const { code, stdout, stderr } = await run.ended;
    page.close();
    expect(code).toBe(0);

    const { header, rows, samples, notes, end } = read(saved);
    expect(end?.exitCode).toBe(0);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    expect(samples.filter(({ source }) => source === `prometheus/${host}`).length).toBeGreaterThanOrEqual(3);
    const told = (source: string) => notes.filter((note) => note.source === source).map(({ text }) => text);
    expect(told('process/api')).toEqual([
      expect.stringMatching(/^no sample: (there is no process|process) \d+/),
      expect.stringMatching(/^stopped answering at \d\.\d s and did not come back: \d samples missed$/),
    ]);
    expect(told(`prometheus/localhost:${port}/private`)).toEqual([
      expect.stringMatching(/^no sample: it answered 401 Unauthorized$/),
      expect.stringMatching(/^never answered: \d samples missed$/),
    ]);
    for (const { source, text } of notes) {
      expect(stderr).toMatch(new RegExp(`level=warning msg="${source}: ${text}"`));
    }
    expect(header.sources.map(({ url }) => url)).toContain(`http://fx:***@localhost:${port}/private`);
    expect(stdout + stderr + readFileSync(saved, 'utf8')).not.toContain('Hunter2');
    // Not a terminal: no line that is overwritten.
    expect(stderr).not.toMatch(/\r|closest limit|VUs busy/);
  });

  it('reads the sources also when nothing is saved', async () => {
    const page = await serve((_, response) => response.end('ok'));
    const { ended } = start(
      [
        ...['run', folder.write('short.js', script.replace('4s', '1s')), '-e', `BASE=${page.url}`],
        ...['--save', 'none', '--collect', 'http://127.0.0.1:9/metrics'],
      ],
      { cwd: folder.path },
    );
    const { code, stderr } = await ended;
    page.close();
    expect(code).toBe(0);
    expect(stderr).toContain('prometheus/127.0.0.1:9: no sample: connect ECONNREFUSED 127.0.0.1:9');
  });
});

/** What the run file holds by now; before its first line, nothing. */
function read(
  file: string,
): Omit<ReturnType<typeof parseRun>, 'header'> & { header: { sources: { url: string }[] } } {
  try {
    return parseRun(readFileSync(file, 'utf8'), file);
  } catch {
    return { header: { sources: [] }, rows: [], samples: [], notes: [] };
  }
}
