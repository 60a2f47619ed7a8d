/** Meets a challenge (ALTCHA): in a worker, or in slices where the page allows none. */

import { search, type Challenge } from "./search.ts";
import Search from "./worker.ts?worker&inline";

/** Numbers that are tried before the page may draw again. */
const SLICE = 2_000;

/** What the server wants to see; undefined where there is no such number. */
export async function solve(challenge: Challenge): Promise<string | undefined> {
  const number = await beside(challenge).catch(() => inSlices(challenge));
  if (number === undefined) return undefined;
  const { algorithm, challenge: hash, salt, signature } = challenge;
  return btoa(JSON.stringify({ algorithm, challenge: hash, number, salt, signature }));
}

function beside(challenge: Challenge): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const worker = new Search();
    const end = (settle: () => void) => {
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }) => end(() => resolve(data));
    // The page's policy may forbid workers.
    worker.onerror = () => end(reject);
    worker.postMessage(challenge);
  });
}

async function inSlices(challenge: Challenge): Promise<number | undefined> {
  for (let from = 0; from <= challenge.maxnumber; from += SLICE) {
    const number = search(challenge, from, Math.min(from + SLICE - 1, challenge.maxnumber));
    if (number !== undefined) return number;
    await new Promise((resolve) => setTimeout(resolve));
  }
  return undefined;
}
