/** Every refusal of a command in plain words: what happened, and what can be done. */

import type { ActiveLeg, Conversation, OperatorRef, Problem, SwitchView } from "@switchboard/core";
import { hasWindow, windowLeft } from "../desk/ways.ts";
import { channelName, isolate, legName } from "./people.ts";
import type { Key, Words } from "./words.ts";

/** Said with what the problem tells; where it does not, with what the row does. */
export function refusal(problem: Problem, row: Conversation | undefined, words: Words): string {
  const { t } = words;
  const last = (problem.switch as SwitchView | undefined) ?? row?.switch;
  switch (problem.code) {
    case "held": {
      const holder = (problem.holder as OperatorRef | undefined) ?? row?.assignee;
      return holder ? t("refusal.held", { name: isolate(holder.name) }) : t("refusal.held_by_other");
    }
    case "leg_changed": {
      const leg = row ? row.active_leg : (problem.active_leg as ActiveLeg | undefined);
      return leg ? t("refusal.leg_changed", { leg: legName(leg, words, row) }) : t("refusal.unreachable");
    }
    case "window_open": {
      const seconds = last ? Math.ceil(windowLeft(last) / 1000) : 0;
      if (seconds === 0) return t("refusal.window_over");
      return t(row && !hasWindow(row) ? "refusal.window_moved" : "refusal.window_open", { n: seconds });
    }
    case "switch_pending":
      if (!last?.channel) return t("refusal.switch_pending_somewhere");
      return t("refusal.switch_pending", { channel: channelName(last.channel, words) });
    case "bad_address": {
      if (problem.field === "email") return t("refusal.bad_email");
      const fault = NUMBER_FAULTS[problem.detail ?? ""];
      return fault ? t(fault) : problem.detail || t("refusal.bad_address");
    }
    case "too_long":
      if (problem.field) return t("refusal.field_too_long", { limit: Number(problem.limit) });
      return t("refusal.too_long", { limit: Number(problem.limit) || (row?.active_leg?.text_limit ?? 0) });
    default:
      return words.of("refusal", problem.code, "refusal.other", { detail: problem.detail ?? problem.title });
  }
}

/** What is wrong with a number has one code, and a sentence of its own for each mistake. */
const NUMBER_FAULTS: Record<string, Key> = {
  "This is not a telephone number: write it in digits.": "refusal.number.not_a_number",
  "Choose the country, or begin the number with + and the country code.": "refusal.number.no_country_code",
  "This number is too short.": "refusal.number.too_short",
  "This number is too long.": "refusal.number.too_long",
  "There is no such number: check its digits.": "refusal.number.not_valid",
  "Text messages cannot be sent to this kind of number: give a mobile number.": "refusal.number.kind",
  "Text messages cannot be sent to numbers of this country.": "refusal.number.country",
  "this number is the organization's own: give the visitor's": "refusal.number.own",
};

/** Why a switch did not come about, or a message was not delivered. */
export function reasonWords(reason: string | null | undefined, words: Words): string {
  return words.of("reason", reason, "reason.other");
}
