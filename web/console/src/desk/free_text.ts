/** Whether a leg takes free text now, and for how long still. */

import type { ActiveLeg } from "@switchboard/core";

/** From here on the end is near enough to hurry. */
const URGENT_MS = 60 * 60_000;

export type FreeText =
  /** It always does. */
  | { state: "always" }
  /** It does, for `left` milliseconds; null: nobody knows an end. */
  | { state: "open"; left: number | null; urgent: boolean }
  /** They have not written there yet: what is said waits until they do. */
  | { state: "waits" }
  /** Only a template can be sent. */
  | { state: "closed" };

/** The window of a leg at a server time. Nobody says when it ends: the clock does. */
export function freeText(leg: ActiveLeg | null, now: number): FreeText {
  const window = leg?.window;
  if (leg?.holds) return { state: "waits" };
  if (!leg || !window) return { state: "always" };
  const left = window.until === null ? null : Date.parse(window.until) - now;
  if (window.open && (left === null || left > 0)) {
    return { state: "open", left, urgent: left !== null && left < URGENT_MS };
  }
  return { state: leg.heard ? "closed" : "waits" };
}
