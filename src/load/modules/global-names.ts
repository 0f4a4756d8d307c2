/** What Node has and k6 has not, and what could reach past the virtual user: scripts find it undefined. */
export const hidden = [
  ...['process', 'Buffer', 'fetch', 'Request', 'Response', 'Headers', 'FormData', 'WebSocket', 'EventSource'],
  ...['setImmediate', 'clearImmediate', 'Worker', 'MessageChannel', 'MessagePort', 'BroadcastChannel'],
  ...['navigator', 'localStorage', 'sessionStorage', 'WebAssembly', 'gc'],
];

/** What is made for each virtual user. */
export const ownGlobals = [
  ...(['console', 'crypto', 'open', 'Math', 'global', 'globalThis'] as const),
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
] as const;

/** The names that a script finds without importing them, for the compiler. */
export const globalNames: ReadonlySet<string> = new Set([...ownGlobals, ...hidden]);
