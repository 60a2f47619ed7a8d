/** The work of a challenge: the number that, behind the salt, has the hash. */

import { hex, sha256 } from "./sha256.ts";

export interface Challenge {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

/** Looks from `from` up to `to`, both included. */
export function search({ challenge, salt }: Challenge, from: number, to: number): number | undefined {
  const first = parseInt(challenge.slice(0, 8), 16) | 0;
  for (let number = from; number <= to; number++) {
    const hash = sha256(salt + number);
    if (hash[0] === first && hex(hash) === challenge) return number;
  }
  return undefined;
}
