/** Which quiet line an event of the log is to a visitor. To add one: its case here, and `line_…` in the catalogues. */

import type { Conversation, LogEvent } from "../../../core/src/types.ts";
import { about, isNumber } from "./say.ts";

export interface Line {
  /** A key of the catalogue. */
  key: string;
  channel?: string | null;
  address?: string | null;
  name?: string;
}

/** The line of an event, or none: what the visitor can see for themselves is not said again. */
export function lineOf(event: LogEvent, conversation: Conversation | undefined): Line | undefined {
  switch (event.kind) {
    case "message": {
      // A welcome: told once it has left us.
      if (event.channel === "web" || !/^(sent|delivered|read)$/.test(event.delivery.state)) return;
      const address = conversation?.legs.find((leg) => leg.id === event.leg)?.address;
      return { key: about("line_welcome", address), address, channel: event.channel };
    }
    case "switched":
      return { ...event, key: onWeb(event.channel) ? "line_switched_web" : about("line_switched", event.address) };
    case "reverted":
      return { ...event, key: "line_reverted" + onWeb(event.channel) };
    case "switch_cancelled":
      return { key: "line_cancelled" };
    case "switch_failed": {
      const why = /^(timed_out|unavailable)$/.test(event.reason) ? event.reason : "not_possible";
      return { ...event, key: `line_failed_${isNumber(event.address) ? why : "hidden"}` };
    }
    case "leg_lost": {
      const word = event.by?.kind === "operator" ? "line_lost_stopped" : "line_lost_opt_out";
      const lost = isNumber(event.address) && event.why === "opt_out" ? word : about("line_lost", event.address);
      return { ...event, key: lost + onWeb(event.to_channel) };
    }
    case "invited":
      return { key: "line_invited", channel: event.channel, name: event.by.name };
    case "invitation_closed":
      return event.why === "declined" ? { key: "line_declined" } : undefined;
    case "resolved":
      return { key: event.by.kind === "visitor" ? "line_resolved_you" : "line_resolved" };
    case "reopened":
      return { key: "line_reopened" };
    default:
      return undefined;
  }
}

function onWeb(channel: string | null): string {
  return channel === "web" ? "_web" : "";
}
