/**
 * SHA-256 (FIPS 180-4) of a short ASCII text. The browser's own is asynchronous, which costs more than the hash where tens of thousands
 * are made, and is missing on pages without TLS. Nothing secret passes through here.
 */

const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const primes: number[] = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
const START = primes.slice(0, 8).map((prime) => fraction(prime ** (1 / 2)));
const K = primes.map((prime) => fraction(prime ** (1 / 3)));
const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** The first eight hexadecimal digits decide almost always, so a hash is eight words. */
export function sha256(text: string): number[] {
  const blocks = ((text.length + 8) >> 6) + 1;
  const words = new Int32Array(blocks * 16);
  for (let i = 0; i < text.length; i++) words[i >> 2]! |= text.charCodeAt(i) << (24 - (i % 4) * 8);
  words[text.length >> 2]! |= 0x80 << (24 - (text.length % 4) * 8);
  words[blocks * 16 - 1] = text.length * 8;
  const hash = [...START];
  const w = new Int32Array(64);
  for (let at = 0; at < words.length; at += 16) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = words[at + i]!;
      else {
        const [a, b] = [w[i - 15]!, w[i - 2]!];
        const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
        const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
        w[i] = w[i - 16]! + low + w[i - 7]! + high;
      }
    }
    let [a, b, c, d, e, f, g, h] = hash as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i]! + w[i]!;
      const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => (hash[i] = (hash[i]! + word) | 0));
  }
  return hash;
}

export function hex(hash: readonly number[]): string {
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
