import { expect, it } from 'vitest';
import { withInterval } from '../../src/report/resource-words.ts';
import { formatBytes, formatSeconds, round } from '../../src/units.ts';

it.each([
  [0.00214, 0.00203, 0.00227, formatSeconds, '2.14ms (2.03–2.27)'],
  [0.00102, 0.00098, 0.00107, formatSeconds, '1.02ms (980µs–1.07ms)'],
  [0.00102, 0, 0.00207, formatSeconds, '1.02ms (0–2.07)'],
  [0.01, 0.01, 0.01, formatSeconds, '10ms'],
  [1000, 900, 1100, formatBytes, '1,000 B (900 B–1.07 KiB)'],
  [9830, 8700, 11100, formatBytes, '9.6 KiB (8.5–10.8)'],
  [0.64, 0.61, 0.68, round, '0.64 (0.61–0.68)'],
  [0, 0, 0, round, '0'],
])('%d in %d to %d', (value, low, high, format, text) => {
  expect(withInterval({ value, low, high }, format)).toBe(text);
});
