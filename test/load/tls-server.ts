import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { newCertificate } from './http-client.ts';

export const own = await newCertificate(['localhost', '*.good.test'], ['127.0.0.1']);

/** A server that tells whose certificate the client has and which name it asked for. */
export function newServer(options: ServerOptions = {}, certificate = own) {
  return createServer({ ...certificate, ...options }, (request, response) => {
    const socket = request.socket as TLSSocket & { servername?: string | false };
    response.end(`${socket.getPeerCertificate().subject?.CN ?? 'nobody'} ${socket.servername}`);
  });
}
