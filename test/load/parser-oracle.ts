import { request } from 'node:http';
import { Duplex } from 'node:stream';
import { ProtocolError } from '../../src/load/http/lines.ts';
import { ResponseParser } from '../../src/load/http/parser.ts';
import type { ParserCase } from './parser-cases.ts';

/** What a parser made of a response; `refused` says why there is none. A body that is a string was read as UTF-8. */
export type Reading = Response | { refused: string };
type Response = { status: number; headers: string[]; body: Buffer | string; refused?: undefined };

/** Ours. Reads go through one buffer that is overwritten after each, as those of all connections are. */
export function readOurs({ method, wire, cuts }: ParserCase): Reading {
  const bytes = Buffer.from(wire, 'latin1');
  const shared = Buffer.alloc(65_536);
  const parser = new ResponseParser();
  parser.expect(method === 'HEAD', true);
  try {
    let at = 0;
    let isDone = false;
    for (const cut of cuts) {
      const length = bytes.copy(shared, 0, at, cut);
      at = cut;
      isDone = length > 0 && parser.read(shared, length);
      if (isDone) break;
    }
    shared.fill('z');
    if (!isDone && !parser.end()) return { refused: 'EOF' };
  } catch (error) {
    if (error instanceof ProtocolError) return { refused: error.message };
    throw error;
  }
  const body = parser.text ?? Buffer.concat(parser.pieces);
  return { status: parser.status, headers: headersIn(parser.head), body };
}

/** `name: value` of each header line, without the blanks that HTTP allows around a value. */
function headersIn(head: string): string[] {
  return head
    .split(/\r?\n/)
    .slice(1, -2)
    .map((line) => {
      const colon = line.indexOf(':');
      return `${line.slice(0, colon)}: ${line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')}`;
    });
}

/** What Node's HTTP client makes of `read` over a connection in memory that the server then closes. */
export function readNode({ method, wire, cuts }: ParserCase): Promise<Reading> {
  return new Promise((resolve) => {
    let asked = false;
    const socket = new Duplex({
      read() {},
      write(_chunk, _encoding, written) {
        written();
        if (asked) return;
        asked = true;
        let at = 0;
        for (const cut of cuts) {
          socket.push(Buffer.from(wire.slice(at, cut), 'latin1'));
          at = cut;
        }
        socket.push(null);
      },
    });
    const sent = request({ method, createConnection: () => socket, maxHeaderSize: 2 ** 24 });
    const refused = (error: Error & { code?: string }) => resolve({ refused: error.code ?? error.message });
    sent.on('error', refused);
    sent.on('upgrade', ({ statusCode, rawHeaders }) => {
      socket.destroy();
      resolve({ status: statusCode ?? 0, headers: pairs(rawHeaders), body: Buffer.alloc(0) });
    });
    sent.on('response', (response) => {
      const pieces: Buffer[] = [];
      const whole = () => ({
        status: response.statusCode ?? 0,
        headers: pairs(response.rawHeaders),
        body: Buffer.concat(pieces),
      });
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => resolve(whole()));
      // An error after the end is about what the server sent out of turn.
      response.on('error', (error) => {
        if (!response.complete) refused(error);
        else resolve(whole());
      });
    });
    sent.end();
  });
}

/** Whether two readings are the same, of the headers those that `counts`. */
export function areSame(ours: Reading, node: Reading, counts = (_name: string) => true): boolean {
  if (ours.refused !== undefined || node.refused !== undefined)
    return ours.refused !== undefined && node.refused !== undefined;
  const counted = ({ headers }: Response) =>
    headers.filter((line) => counts(line.slice(0, line.indexOf(':')).toLowerCase())).join('\n');
  const body = node.body.toString(typeof ours.body === 'string' ? 'utf8' : 'latin1');
  return (
    ours.status === node.status && counted(ours) === counted(node) && ours.body.toString('latin1') === body
  );
}

function pairs(raw: readonly string[]): string[] {
  return raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1]}`] : []));
}
