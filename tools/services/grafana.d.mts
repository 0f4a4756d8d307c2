/** What every Grafana here is told, in its environment, beside its address and folders. */
export const grafanaSettings: Record<string, string>;
