/** What each quiet line of the log says. */

import type { Conversation } from "@switchboard/core";
import type { Item } from "./items.ts";
import type { IconName } from "../ui/icon.tsx";
import { actorName, channelName, isolate, legName } from "../words/people.ts";
import { reasonWords } from "../words/refusals.ts";
import type { Words } from "../words/words.ts";

export interface LineWords {
  icon: IconName;
  /** What happened. */
  text: string;
  /** Who did it, or why: said more quietly. */
  aside?: string;
  tone: "quiet" | "moved" | "bad";
}

export function lineWords(
  item: Extract<Item, { type: "line" }>,
  me: string,
  words: Words,
  row?: Conversation,
): LineWords {
  const { t } = words;
  const { line } = item;
  const who = "by" in line && line.by ? actorName(line.by, me, words) : undefined;
  const by = who && t("line.by", { who });
  const quiet = (icon: IconName, text: string, aside = by): LineWords => ({ icon, text, aside, tone: "quiet" });
  const bare = (icon: IconName, text: string): LineWords => ({ icon, text, tone: "quiet" });
  const moved = (text: string, aside = by): LineWords => ({ icon: "move", text, aside, tone: "moved" });
  const bad = (text: string, aside?: string): LineWords => ({ icon: "alert", text, aside, tone: "bad" });

  switch (line.kind) {
    case "opened":
      return bare("chat", t("line.opened", { channel: channelName(line.channel, words) }));
    case "leg_opened":
      return quiet("phone", t("line.leg_opened", { leg: legName(line, words, row) }));
    case "switch_asked":
      return { ...moved(t("line.switch_asked", { leg: legName(line, words, row) })), icon: "hourglass" };
    case "switched": {
      const leg = legName(line, words, row);
      if (item.back) {
        const home = legName(item.back, words, row);
        return moved(t("line.switched_back", { leg, home }), t("line.by", { who: actorName(item.back.by, me, words) }));
      }
      if (line.how === "follow") return moved(t("line.followed", { leg }), t("line.followed_why"));
      if (line.how === "adopted") return moved(t("line.adopted", { leg }), t("line.adopted_why"));
      return moved(t(item.anew ? "line.reconnected" : "line.switched", { leg }));
    }
    case "reverted":
      return { ...moved(t("line.reverted", { leg: legName(line, words, row) })), icon: "undo" };
    case "switch_failed":
      return bad(t("line.switch_failed", { leg: legName(line, words, row) }), reasonWords(line.reason, words));
    case "switch_cancelled":
      return quiet("close", t("line.switch_cancelled", { leg: legName(line, words, row) }));
    case "leg_lost": {
      const by = line.why === "opt_out" && line.by && line.by.kind !== "visitor" ? `opt_out_${line.by.kind}` : line.why;
      const why = words.of("lost", by, "lost.other", { who: who ?? "" });
      const now = line.to_channel
        ? t("line.lost_to", { channel: channelName(line.to_channel, words) })
        : t("line.lost_unreachable");
      return bad(t("line.leg_lost", { leg: legName(line, words, row), why }), now);
    }
    case "invited": {
      const asked = t("line.invited", { channel: channelName(line.channel, words) });
      const end = item.closed && item.closed !== "used" ? words.of("closed", item.closed, "closed.left") : undefined;
      return quiet("ask", asked, end ?? by);
    }
    case "assigned": {
      if (!line.operator) return quiet("queue", t("line.requeued"), t("line.requeued_why"));
      const mine = line.operator.id === me;
      const name = isolate(line.operator.name);
      if (line.why === "transfer")
        return quiet("person", mine ? t("line.transferred_you") : t("line.transferred", { name }));
      return bare("person", mine ? t("line.claimed_you") : t("line.claimed", { name }));
    }
    case "resolved":
      return quiet("check", t("line.resolved"));
    case "reopened":
      return quiet("undo", t("line.reopened"));
    case "proof":
      return quiet("check", t("line.linked", { leg: legName(line, words, row) }));
    case "consent": {
      const leg = legName(line, words, row);
      if (line.word === "opt_in") return bare("check", t("line.opted_in", { leg }));
      return line.by.kind === "operator" ? bad(t("line.stopped", { leg }), by) : bad(t("line.opted_out", { leg }));
    }
    default:
      return quiet("chat", "");
  }
}
