import { Gauge, type Registry } from 'prom-client';

/** Tells where and what a process is; on the page of several replicas the value counts them. */
export function describeProcess(registry: Registry, region: string | null, role: string): void {
  new Gauge({
    name: 'fx_process_info',
    help: 'Processes by their region, empty when none was given, and their role',
    labelNames: ['region', 'role'],
    registers: [registry],
  }).set({ region: region ?? '', role }, 1);
}
