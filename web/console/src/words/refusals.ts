/** Every refusal of a command in plain words: what happened, and what can be done. */

import { left, type Conversation, type OperatorRef, type Problem } from "@switchboard/core";
import { channelName, isolate, legName } from "./people.ts";
import type { Words } from "./words.ts";

export function refusal(problem: Problem, row: Conversation | undefined, words: Words): string {
  const { t } = words;
  switch (problem.code) {
    case "held": {
      const holder = (problem.holder as OperatorRef | undefined) ?? row?.assignee;
      return holder ? t("refusal.held", { name: isolate(holder.name) }) : t("refusal.held_by_other");
    }
    case "leg_changed":
      return row?.active_leg
        ? t("refusal.leg_changed", { leg: legName(row.active_leg, words) })
        : t("refusal.unreachable");
    case "window_open": {
      const until = row?.switch.until ?? null;
      return t("refusal.window_open", { n: Math.ceil(left(until) / 1000) });
    }
    case "switch_pending":
      return t("refusal.switch_pending", { channel: channelName(row?.switch.channel ?? "", words) });
    case "bad_address":
      return problem.field === "email" ? t("refusal.bad_email") : t("refusal.bad_address");
    case "too_long":
      if (problem.field) return t("refusal.field_too_long", { limit: Number(problem.limit) });
      return t("refusal.too_long", { limit: Number(problem.limit) || (row?.active_leg?.text_limit ?? 0) });
    default:
      return words.of("refusal", problem.code, "refusal.other", { detail: problem.detail ?? problem.title });
  }
}

/** Why a switch did not come about, or a message was not delivered. */
export function reasonWords(reason: string | null | undefined, words: Words): string {
  return words.of("reason", reason, "reason.other");
}
