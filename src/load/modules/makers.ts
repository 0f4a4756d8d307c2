import { FxscaleError } from '../../errors.ts';
import type { Session } from '../session.ts';
import type { VU } from '../vu.ts';
import { cryptoModule } from './crypto.ts';
import { csvModule } from './csv.ts';
import { dataModule } from './data.ts';
import { encodingModule } from './encoding.ts';
import { executionModule } from './execution.ts';
import { fsModule } from './fs.ts';
import { grpcModule } from './grpc.ts';
import { htmlModule } from './html.ts';
import { httpModule } from './http.ts';
import { k6Module } from './k6.ts';
import { metricsModule } from './metrics.ts';
import { secretsModule } from './secrets.ts';
import { streamsModule } from './streams.ts';
import { timersModule } from './timers.ts';
import { websocketsModule } from './websockets.ts';
import { wsModule } from './ws.ts';
import { x509Module } from './x509.ts';

const makers: Record<string, (vu: VU) => Record<string, unknown>> = {
  k6: k6Module,
  'k6/http': httpModule,
  'k6/metrics': metricsModule,
  'k6/data': dataModule,
  'k6/execution': executionModule,
  'k6/crypto': cryptoModule,
  'k6/crypto/x509': x509Module,
  'k6/encoding': encodingModule,
  'k6/timers': timersModule,
  'k6/secrets': secretsModule,
  'k6/experimental/csv': csvModule,
  'k6/experimental/fs': fsModule,
  'k6/experimental/streams': streamsModule,
  'k6/html': htmlModule,
  'k6/net/grpc': grpcModule,
  'k6/ws': wsModule,
  'k6/websockets': websocketsModule,
  'k6/experimental/websockets': websocketsModule,
};

/** Stands behind a module's exports: asking for what is not there, by a computed name, ends the run. */
function missingNames(specifier: string, session: Session): object {
  return new Proxy(Object.create(null) as object, {
    get(_, key) {
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
      const error = new FxscaleError(
        'SCRIPT',
        `${specifier}.${key} is not supported yet; run this script with the real k6`,
      );
      session.stop(error);
      throw error;
    },
  });
}

/** One object for the VUs of a session: objects that share their prototype share their layout. */
const missing = new WeakMap<Session, Map<string, object>>();

function missingIn(session: Session, specifier: string): object {
  let all = missing.get(session);
  if (all === undefined) {
    all = new Map();
    missing.set(session, all);
  }
  let names = all.get(specifier);
  if (names === undefined) {
    names = missingNames(specifier, session);
    all.set(specifier, names);
  }
  return names;
}

/** Holds a VU, and each module once the script has imported it. The getters stand on the prototype, once for all VUs. */
class Modules {
  readonly #vu: VU;

  constructor(vu: VU) {
    this.#vu = vu;
  }

  static {
    for (const [specifier, make] of Object.entries(makers)) {
      Object.defineProperty(Modules.prototype, specifier, {
        get(this: Modules) {
          const exported = make(this.#vu);
          Object.defineProperty(exported, 'default', { value: exported });
          Object.setPrototypeOf(exported, missingIn(this.#vu.session, specifier));
          Object.defineProperty(this, specifier, { value: exported });
          return exported;
        },
      });
    }
  }
}

/** The namespaces of all modules for one VU, each with its `default`; each is made when the script imports it. */
export function modulesOf(vu: VU): Record<string, Record<string, unknown>> {
  return new Modules(vu) as unknown as Record<string, Record<string, unknown>>;
}
