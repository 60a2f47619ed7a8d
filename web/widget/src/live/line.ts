/** Which quiet line an event of the log is to a visitor. To add one: its case here, and `line_…` in the catalogues. */

import type { Conversation, LogEvent } from "../../../core/src/types.ts";

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
      if (!/^(sent|delivered|read)$/.test(event.delivery.state)) return;
      const address = conversation?.legs.find((leg) => leg.id === event.leg)?.address;
      return address ? { key: "line_welcome", address } : undefined;
    }
    case "switched":
      return { ...event, key: "line_switched" + onWeb(event.channel) };
    case "reverted":
      return { ...event, key: "line_reverted" + onWeb(event.channel) };
    case "switch_cancelled":
      return { key: "line_cancelled" };
    case "switch_failed":
      return {
        ...event,
        key: `line_failed_${/^(timed_out|unavailable)$/.test(event.reason) ? event.reason : "not_possible"}`,
      };
    case "leg_lost":
      return { ...event, key: `line_lost${event.why === "opt_out" ? "_opt_out" : ""}${onWeb(event.to_channel)}` };
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
