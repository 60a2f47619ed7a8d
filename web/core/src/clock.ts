/** The server's time, told from its `now`s and counted on by a clock that nobody sets. */

import type { Time } from "./types.ts";

const local = () => performance.now();

/** Server milliseconds minus local ones. The largest seen is the one that travelled the least. */
let offset = -Infinity;

/** Takes in a `now` that has just come from the server. Anything that is not a time is passed over. */
export function tell(now: Time | undefined): void {
  const seen = Date.parse(now ?? "") - local();
  if (seen > offset) offset = seen;
}

/** The server's time in milliseconds; before the first `tell`, this device's. */
export function serverNow(): number {
  return offset === -Infinity ? Date.now() : offset + local();
}

/** Milliseconds until a server time, never below zero. */
export function left(until: Time | null | undefined): number {
  return Math.max(0, (Date.parse(until ?? "") || 0) - serverNow());
}

/** The same in whole seconds, as a countdown shows them: 10 … 1, and 0 only when it is over. */
export function secondsLeft(until: Time | null | undefined): number {
  return Math.ceil(left(until) / 1000);
}
