const shifts = [
  [3, 7, 11, 19],
  [3, 5, 9, 13],
  [3, 9, 11, 15],
] as const;

/** Which word of the block each step of the three rounds takes. */
const words = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;

const constants = [0, 0x5a827999, 0x6ed9eba1] as const;

function mix(round: number, x: number, y: number, z: number): number {
  if (round === 0) return (x & y) | (~x & z);
  return round === 1 ? (x & y) | (x & z) | (y & z) : x ^ y ^ z;
}

/** The 16 bytes of MD4 (RFC 1320), which OpenSSL no longer offers. */
export function md4(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(message.length) * 8n, true);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as [number, number, number, number];
  for (let block = 0; block < padded.length; block += 64) {
    let [a, b, c, d] = state;
    for (let step = 0; step < 48; step++) {
      const round = step >> 4;
      const word = view.getUint32(block + 4 * (words[round]?.[step & 15] ?? 0), true);
      const sum = (a + mix(round, b, c, d) + word + (constants[round] ?? 0)) | 0;
      const by = shifts[round]?.[step & 3] ?? 0;
      [a, b, c, d] = [d, (sum << by) | (sum >>> (32 - by)), b, c];
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
  const digest = new DataView(new ArrayBuffer(16));
  for (const [at, word] of state.entries()) digest.setUint32(at * 4, word, true);
  return new Uint8Array(digest.buffer);
}
