import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import grpc, { type ServerCredentials, type UntypedHandleCall } from '@grpc/grpc-js';
import loader, { type PackageDefinition } from '@grpc/proto-loader';

export const echoProto = `syntax = "proto3";
package t.v1;
enum Colour { UNKNOWN = 0; RED = 1; DARK_BLUE = 2; }
message Inner { string a_name = 1; int32 n = 2; }
message All {
  string str_val = 1; int32 i32 = 2; int64 i64 = 3; uint64 u64 = 4; double d = 5; float f = 6; bool b = 7; bytes raw = 8;
  Colour colour = 9; Inner inner = 10; repeated string many = 11; map<string, int64> counts = 12;
  oneof choice { string first = 14; int32 second = 15; }
  optional string maybe = 23; string json_named = 28 [json_name="JSON"];
}
service Echo {
  rpc Same (All) returns (All);
  rpc Fail (Inner) returns (Inner);
  rpc Slow (Inner) returns (Inner);
  rpc Down (Inner) returns (stream Inner);
  rpc Both (stream Inner) returns (stream Inner);
}`;

const healthProto = `syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse { int32 status = 1; }
service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }`;

const reflectionProto = `syntax = "proto3";
package grpc.reflection.VERSION;
service ServerReflection { rpc ServerReflectionInfo(stream Request) returns (stream Response); }
message Request { string host = 1; oneof message_request { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; } }
message Response { oneof message_response { Files file_descriptor_response = 4; Services list_services_response = 6; Error error_response = 7; } }
message Files { repeated bytes file_descriptor_proto = 1; }
message Services { repeated Service service = 1; }
message Service { string name = 1; }
message Error { int32 error_code = 1; string error_message = 2; }`;

function load(folder: string, name: string, text: string): PackageDefinition {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return loader.loadSync(file, { longs: String, defaults: true, keepCase: true });
}

function serviceIn(definition: PackageDefinition, name: string) {
  return definition[name] as grpc.ServiceDefinition;
}

/** The serialised descriptors of the files of `definition`. */
export function filesOf(definition: PackageDefinition): Buffer[] {
  const all = Object.values(definition) as { fileDescriptorProtos?: Buffer[] }[];
  return (
    all.find(({ fileDescriptorProtos }) => fileDescriptorProtos !== undefined)?.fileDescriptorProtos ?? []
  );
}

type AnyCall = {
  request: Record<string, never> & { n: number; a_name: string };
  metadata: grpc.Metadata;
  on(event: string, listener: (message: Record<string, unknown>) => void): AnyCall;
  write(message: unknown): void;
  end(): void;
  emit(event: string, error: object): void;
  sendMetadata(metadata: grpc.Metadata): void;
};
const handlers = (all: Record<string, unknown>) => all as Record<string, UntypedHandleCall>;
type Done = (error: object | null, message?: unknown, trailers?: grpc.Metadata) => void;

/** A server on port 0 of the service above, of health, and of reflection in `reflection` (v1 or v1alpha). */
export async function startGrpcServer(
  credentials: ServerCredentials = grpc.ServerCredentials.createInsecure(),
  reflection = 'v1',
) {
  const folder = mkdtempSync(path.join(tmpdir(), 'fxscale-grpc-'));
  const echo = load(folder, 'echo.proto', echoProto);
  const server = new grpc.Server();
  const files = filesOf(echo);
  server.addService(
    serviceIn(echo, 't.v1.Echo'),
    handlers({
      Same(call: AnyCall, done: Done) {
        const headers = new grpc.Metadata();
        headers.add('x-multi', '1');
        headers.add('x-multi', call.metadata.get('x-who').join());
        call.sendMetadata(headers);
        const trailers = new grpc.Metadata();
        trailers.set('x-trail', 'end');
        done(null, call.request, trailers);
      },
      Fail: ({ request }: AnyCall, done: Done) =>
        done({ code: request.n, details: `failed: ${request.a_name}` }),
      Slow: () => undefined,
      Down(call: AnyCall) {
        for (let n = 0; n < call.request.n; n++) call.write({ a_name: `d${n}`, n });
        if (call.request.a_name === 'fail') call.emit('error', { code: 9, details: 'down failed' });
        else if (call.request.a_name !== 'wait') call.end();
      },
      Both(call: AnyCall) {
        call.on('data', ({ a_name }) => call.write({ a_name: `re ${a_name}` })).on('end', () => call.end());
      },
    }),
  );
  server.addService(
    serviceIn(load(folder, 'health.proto', healthProto), 'grpc.health.v1.Health'),
    handlers({
      Check({ request }: { request: { service: string } }, done: Done) {
        if (request.service === 'none') done({ code: 5, details: 'unknown service' });
        else done(null, { status: request.service === 'down' ? 2 : 1 });
      },
    }),
  );
  const reflected = load(folder, 'reflection.proto', reflectionProto.replace('VERSION', reflection));
  server.addService(serviceIn(reflected, `grpc.reflection.${reflection}.ServerReflection`), {
    ServerReflectionInfo(call: AnyCall) {
      call.on('data', ({ list_services }) => {
        if (list_services) call.write({ list_services_response: { service: [{ name: 't.v1.Echo' }] } });
        else call.write({ file_descriptor_response: { file_descriptor_proto: files.slice(0, 1) } });
      });
      call.on('end', () => call.end());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  const close = () => {
    server.forceShutdown();
    rmSync(folder, { recursive: true, force: true });
  };
  return { address: `127.0.0.1:${port}`, folder, close };
}
