/** What can go wrong with a switch, as the visitor is told it. To add one: its line here, and `failed_…` in the catalogues. */

import type { Answer, Conversation, Problem } from "../../../core/src/types.ts";
import type { Words } from "../words.ts";
import { goesOn } from "./say.ts";

export interface Failure {
  /** The catalogue's `failed_<key>`. */
  key: string;
  /** Seconds to wait. */
  n?: number;
}

/** Codes and reasons that have words of their own. */
const KNOWN = new Set([
  "not_possible",
  "timed_out",
  "unavailable",
  "switch_pending",
  "superseded",
  "window_closed",
  "nothing_to_revert",
  "nothing_to_cancel",
  "invitation_gone",
]);

/** Codes that say the same to a visitor. */
const ALSO: Record<string, string> = { no_address: "bad_address", bad_address: "bad_address" };

/** A failure as the visitor reads it, with where their chat goes on. */
export function failureWords(words: Words, { key, n = 0 }: Failure, conversation: Conversation | undefined): string {
  return words.t(`failed_${key}`, { n, on: goesOn(words, conversation?.active_leg) });
}

/** Why a switch that the server had taken up did not come about. */
export function failureOfReason(reason: string): Failure {
  return { key: KNOWN.has(reason) ? reason : "other" };
}

/** Why a command was refused. */
export function failureOf({ status, body, retryAfter = 0 }: Answer): Failure {
  const code = (body as Problem | null)?.code ?? "";
  if (!status) return { key: "offline" };
  if (status === 429) return { key: "too_many", n: Math.ceil(retryAfter / 1000) || 10 };
  return { key: ALSO[code] ?? (KNOWN.has(code) ? code : status >= 500 ? "unavailable" : "other") };
}
