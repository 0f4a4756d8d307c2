import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { ManifestSettings } from '../src/emit/settings.ts';
import {
  checkSettings,
  defaultSettings,
  type ManifestFlags,
  manifestFlags,
  manifestSettings,
} from '../src/plan-flags-manifests.ts';

/** The settings that a command line stands for. */
function settingsOf(...args: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of manifestFlags()) command.addOption(option);
  return manifestSettings(command.parse(args, { from: 'user' }).opts<ManifestFlags>());
}

const gateway = ['--host', 'fx.example.com', '--gateway', 'both', '--gateway-class', 'istio'];

describe('what the manifests are told', () => {
  it('has defaults', () => {
    expect(settingsOf()).toEqual(defaultSettings);
  });

  it('comes from the flags', () => {
    const limits = ['--client-rate', '600/m', '--ingress-replicas', '3'];
    const names = [
      '--namespace',
      'fx',
      '--tls-secret',
      'fx-tls',
      '--kafka-cluster',
      'events',
      '--image',
      'a/b:1',
    ];
    const streams = [
      '--consumer',
      'c',
      '--kafka-brokers',
      'a:9092,b:9092',
      '--worker',
      'w',
      '--prometheus',
      'http://p:9090',
    ];
    expect(
      settingsOf(...gateway, ...limits, ...names, ...streams, '--region-names', 'eu-west-1,us-east-1'),
    ).toEqual({
      image: 'a/b:1',
      namespace: 'fx',
      regions: ['eu-west-1', 'us-east-1'],
      host: 'fx.example.com',
      gateway: 'both',
      gatewayClass: 'istio',
      tlsSecret: 'fx-tls',
      clientRate: 10,
      ingressReplicas: 3,
      kafkaCluster: 'events',
      consumer: 'c',
      kafkaBrokers: 'a:9092,b:9092',
      worker: 'w',
      prometheus: 'http://p:9090',
    });
  });

  it.each<[RegExp, string[]]>([
    [/--gateway routes a host name: give --host/, ['--gateway', 'ingress']],
    [
      /--gateway needs the class of the cluster: give --gateway-class/,
      ['--host', 'a.b', '--gateway', 'gateway'],
    ],
    [/--gateway-class is for Gateway API: give --gateway gateway/, ['--host', 'a.b', '--gateway-class', 'x']],
    [/--tls-secret is the certificate of a host name: give --host/, ['--tls-secret', 'x']],
    [/--client-rate is a limit of the Ingress: give --host/, ['--client-rate', '5/s']],
    [
      /--client-rate is a limit of the Ingress, which Gateway API does not have: give --gateway ingress or both/,
      ['--host', 'a.b', '--gateway', 'gateway', '--gateway-class', 'x', '--client-rate', '5/s'],
    ],
    [/--ingress-replicas divides a limit: give --client-rate/, ['--ingress-replicas', '2']],
    [/--consumer scales by the lag that brokers tell: give --kafka-brokers/, ['--consumer', 'c']],
    [/--kafka-brokers is for --consumer: give --consumer/, ['--kafka-brokers', 'a:1']],
    [/--worker scales by the queue depth that Prometheus tells: give --prometheus/, ['--worker', 'w']],
    [
      /"kafka" is not a list of brokers: write for example kafka-bootstrap:9092/,
      ['--kafka-brokers', 'kafka'],
    ],
    [/prometheus:9090 is not an address of HTTP/, ['--prometheus', 'prometheus:9090']],
    [
      /"eu,,us" is not a list of regions: write for example eu-west-1,us-east-1/,
      ['--region-names', 'eu,,us'],
    ],
    [/"eu,us,eu" names eu twice/, ['--region-names', 'eu,us,eu']],
    [/is not a list of regions/, ['--region-names', 'x'.repeat(41)]],
    [/"Fx" is not a name: use at most 63 of a-z/, ['--namespace', 'Fx']],
    [/"localhost" is not a host name: write for example trading.example.com/, ['--host', 'localhost']],
    [/"https:\/\/a.b" is not a host name/, ['--host', 'https://a.b']],
    [/Allowed choices are gateway, ingress, both/, ['--gateway', 'nginx']],
    [/is not a rate/, ['--client-rate', '5']],
    [/is not a count/, ['--ingress-replicas', '0']],
  ])('is refused: %s', (said, args) => {
    expect(() => settingsOf(...args)).toThrow(said);
  });

  it('goes with the plan: as many regions, and one autoscaler for each Deployment', () => {
    const check = (settings: Partial<ManifestSettings>, count?: number) => () => {
      const regions = count === undefined ? null : { count };
      const plan = { replicas: { recommended: 4, regions }, hpa: { metadata: { name: 'trading-service' } } };
      checkSettings(plan, { ...defaultSettings, ...settings });
    };
    expect(check({ regions: ['a', 'b'] }, 3)).toThrow(
      '--region-names names 2, and the plan is for 3: name as many',
    );
    const taken = 'is scaled by something else already: name another Deployment';
    expect(check({ consumer: 'x', worker: 'x' })).toThrow(`--consumer x ${taken}`);
    expect(check({ worker: 'trading-service' })).toThrow(`--worker trading-service ${taken}`);
    expect(check({ regions: [] }, 3)).not.toThrow();
    expect(check({ regions: ['a', 'b'], consumer: 'x', worker: 'y' }, 2)).not.toThrow();
    expect(check({ regions: ['a', 'b'] })).not.toThrow();
  });
});
