import { FxscaleError } from '../errors.ts';

const EXAMPLE = 'kafka://127.0.0.1:9092?topics=orders&groups=billing';
const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export type KafkaAddress = {
  /** `host:port` of each. */
  brokers: string[];
  tls: boolean;
  login: { mechanism: (typeof mechanisms)[number]; username: string; password: string } | undefined;
  /** Without names, all. */
  topics: string[] | undefined;
  groups: string[] | undefined;
  /** Without what could open it. */
  url: string;
};

/**
 * `kafka://user:password@host:port,host:port?topics=a,b&groups=g&sasl=plain`, or `kafka+ssl:`. A log-in is by SCRAM-SHA-512
 * unless told otherwise. Throws USAGE without repeating what may hold a password.
 */
export function parseKafkaAddress(address: string): KafkaAddress {
  const [, ssl, login, hosts = '', query = ''] =
    /^kafka(\+ssl)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)\/?(?:\?([^#]*))?$/i.exec(address) ?? [];
  const brokers = hosts.split(',').map((host) => (host.includes(':') ? host : `${host}:9092`));
  if (!brokers.every((broker) => /^[\w.-]+:\d{1,5}$/.test(broker))) {
    throw usage('names no brokers by host and port');
  }
  const settings = new URLSearchParams(query);
  for (const name of settings.keys()) {
    if (!['topics', 'groups', 'sasl'].includes(name)) throw usage(`has the unknown setting ${name}`);
  }
  const scheme = `kafka${ssl ?? ''}`.toLowerCase();
  return {
    brokers,
    tls: ssl !== undefined,
    login: loginOf(login, settings.get('sasl')),
    topics: listOf(settings.get('topics')),
    groups: listOf(settings.get('groups')),
    url: `${scheme}://${login ? `${login.split(':', 1)}:***@` : ''}${brokers.join(',')}`,
  };
}

function loginOf(text: string | undefined, wanted: string | null): KafkaAddress['login'] {
  const mechanism = mechanisms.find((each) => each === (wanted ?? 'scram-sha-512').toLowerCase());
  if (mechanism === undefined) throw usage(`asks for another sasl than ${mechanisms.join(', ')}`);
  if (!text) {
    if (wanted !== null) throw usage('has sasl, but no user and password before the host');
    return undefined;
  }
  const colon = text.indexOf(':');
  if (colon < 0) throw usage('has a user without a password');
  try {
    return {
      mechanism,
      username: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    throw usage('has a user or password with a % that begins no escape');
  }
}

function listOf(text: string | null): string[] | undefined {
  const names = (text ?? '').split(',').filter((name) => name !== '');
  return names.length === 0 ? undefined : [...new Set(names)].sort();
}

function usage(what: string): FxscaleError {
  return new FxscaleError(
    'USAGE',
    `--collect was given a kafka URL that ${what}: write for example ${EXAMPLE}`,
  );
}
