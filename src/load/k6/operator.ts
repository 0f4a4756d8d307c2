import { FxscaleError } from '../../errors.ts';

/** The k6 that fxscale is compared with; a tag that moves would change results from one day to the next. */
export const K6_IMAGE = 'grafana/k6:2.0.0';

/** What Kubernetes takes in one ConfigMap, bytes. */
const MOST_BYTES = 1024 * 1024;

export type TestRunRequest = {
  /** Of both objects; lower case letters, digits and hyphens. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** Pods that share the load by execution segments. */
  readonly parallelism: number;
  /** The script in one piece. */
  readonly script: string;
  /** Flags for `k6 run`. */
  readonly args: readonly string[];
  /** The script's `__ENV`. */
  readonly env: Readonly<Record<string, string>>;
};

/**
 * A ConfigMap with the script and the TestRun that has k6-operator run it. The operator splits the load over the pods
 * by k6's execution segments and adds nothing up, so the pods judge no thresholds and write their samples to stdout.
 * Throws REFUSED for a script that no ConfigMap holds, USAGE for what the operator decides itself.
 */
export function testRunManifests(request: TestRunRequest): readonly [configMap: object, testRun: object] {
  const { name, namespace, parallelism, script, env } = request;
  const bytes = Buffer.byteLength(script);
  if (bytes > MOST_BYTES) {
    throw new FxscaleError(
      'REFUSED',
      `the script and what it imports are ${bytes} bytes, and a ConfigMap holds ${MOST_BYTES}: put it on a volume (spec.script.volumeClaim)`,
    );
  }
  const segment = request.args.find((word) => /^--execution-segment(?:-sequence)?(?:=|$)/.test(word));
  if (segment !== undefined) {
    throw new FxscaleError(
      'USAGE',
      `${segment.replace(/=.*/s, '')}: k6-operator gives every pod its own segment`,
    );
  }
  const metadata = { name, ...(namespace !== undefined && { namespace }), labels: { app: 'fxscale' } };
  const variables = Object.entries(env).map(([key, value]) => ({ name: key, value }));
  const pod = { image: K6_IMAGE, ...(variables.length > 0 && { env: variables }) };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [SCRIPT]: script } },
    {
      apiVersion: 'k6.io/v1alpha1',
      kind: 'TestRun',
      metadata,
      spec: {
        parallelism,
        script: { configMap: { name, file: SCRIPT } },
        ...argumentsOf(request.args),
        // The initializer reads the options, which may depend on the environment.
        initializer: pod,
        runner: pod,
      },
    },
  ];
}

const SCRIPT = 'script.js';

/** One text is split on blanks by the operator; an argument with a blank in it needs the list of newer versions. */
function argumentsOf(given: readonly string[]): { arguments: string } | { args: string[] } {
  const has = (name: string) => given.some((word) => word === name || word.startsWith(`${name}=`));
  const args = [
    ...given,
    ...(has('--no-thresholds') ? [] : ['--no-thresholds']),
    ...(has('--summary-mode') ? [] : ['--summary-mode=disabled']),
    ...(has('--out') || has('-o') ? [] : ['--out=json']),
  ];
  return args.some((word) => /\s/.test(word)) ? { args } : { arguments: args.join(' ') };
}

/** A name that Kubernetes takes, from that of the script's file. */
export function testRunName(file: string): string {
  const plain = file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  // The operator makes `NAME-starter-xxxxx` and the like of it, which may have 63 characters.
  return plain === '' ? 'k6-test' : plain.slice(0, 40).replace(/-+$/, '');
}
