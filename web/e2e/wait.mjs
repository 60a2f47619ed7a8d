/** Waiting for something to be so: looked at again and again, and told in full when it never comes. */

import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

/** What takes longer than this does not come. */
export const PATIENCE_MS = 15_000;
const LOOK_AGAIN_MS = 40;

/** Waits until what is read is this. */
export async function becomes(read, wanted, what) {
  await look(
    read,
    (value) => isDeepStrictEqual(value, wanted),
    (value) => assert.deepEqual(value, wanted, what),
  );
}

/** Waits until something is true of what is read; answers it. */
export function until(read, so, what) {
  return look(read, so, (value) => assert.fail(`it never came to be so: ${what}; last: ${JSON.stringify(value)}`));
}

async function look(read, so, giveUp) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await read();
    if (so(value)) return value;
    if (Date.now() > end) return giveUp(value);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}
