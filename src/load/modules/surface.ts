import { grpcNames } from '../grpc/names.ts';
import { httpConstants } from '../http/constants.ts';
import type { ModuleSurface, SupportedModules } from '../script.ts';
import { hashNames } from './hash-names.ts';

const none: ReadonlySet<string> = new Set();
const requests = ['get', 'head', 'post', 'put', 'patch', 'del', 'options', 'request', 'batch'];
const httpNames = [
  ...requests,
  ...['asyncRequest', 'url', 'file', 'cookieJar', 'CookieJar', 'expectedStatuses', 'setResponseCallback'],
  ...Object.keys(httpConstants),
];

function surface(
  names: string[],
  blocking: Iterable<string> = none,
  callbacks: Iterable<string> = none,
): ModuleSurface {
  return { names: new Set(names), blocking: new Set(blocking), callbacks: new Set(callbacks) };
}

const socketMethods: ReadonlySet<string> = new Set(['on', 'setTimeout', 'setInterval']);
const webSockets: ModuleSurface = {
  ...surface(['WebSocket', 'Blob']),
  handlerMethods: new Set(['addEventListener']),
};

const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'];
const streams = [
  ...['ReadableStream', 'ReadableStreamDefaultReader', 'CountQueuingStrategy', 'WritableStream'],
  'TransformStream',
];

/** The k6 modules that this engine has, as far as the compiler must know them. */
export const supportedModules: SupportedModules = new Map([
  ['k6', surface(['check', 'fail', 'group', 'randomSeed', 'sleep'], ['sleep'], ['check', 'group'])],
  [
    'k6/http',
    {
      ...surface(httpNames, requests),
      promises: new Set(['asyncRequest']),
      methods: new Set(['submitForm', 'clickLink']),
    },
  ],
  ['k6/metrics', surface(['Counter', 'Gauge', 'Rate', 'Trend'])],
  ['k6/data', surface(['SharedArray'])],
  ['k6/execution', surface(['instance', 'scenario', 'test', 'vu'])],
  ['k6/crypto', surface([...hashNames, 'hmac', 'createHash', 'createHMAC', 'randomBytes', 'hexEncode'])],
  ['k6/crypto/x509', surface(['parse', 'getAltNames', 'getIssuer', 'getSubject'])],
  ['k6/encoding', surface(['b64encode', 'b64decode'])],
  ['k6/timers', { ...surface(timers), handlers: new Set(timers) }],
  ['k6/secrets', { ...surface(['get', 'source']), promises: new Set(['get']) }],
  ['k6/experimental/csv', { ...surface(['parse', 'Parser']), promises: new Set(['parse']) }],
  ['k6/experimental/fs', { ...surface(['open', 'SeekMode']), promises: new Set(['open']) }],
  ['k6/experimental/streams', { ...surface(streams), handlers: new Set(streams) }],
  [
    'k6/html',
    { ...surface(['parseHTML']), callbackMethods: new Set(['each', 'map', 'filter', 'not', 'is']) },
  ],
  [
    'k6/net/grpc',
    {
      ...surface([...grpcNames]),
      methods: new Set(['connect', 'invoke', 'healthCheck']),
      promiseMethods: new Set(['asyncInvoke']),
      handlerMethods: new Set(['on']),
    },
  ],
  [
    'k6/ws',
    { ...surface(['connect'], ['connect']), handlers: new Set(['connect']), handlerMethods: socketMethods },
  ],
  ['k6/websockets', webSockets],
  ['k6/experimental/websockets', webSockets],
]);
