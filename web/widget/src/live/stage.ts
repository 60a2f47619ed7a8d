/** Where the switch stands, as the window shows it at one moment: the server's phase, read by the server's clock. */

import { left, secondsLeft, serverNow } from "../../../core/src/clock.ts";
import type { SwitchView } from "../../../core/src/types.ts";
import type { State } from "../session.ts";

export type Stage =
  | { is: "sending"; channel: string; address: string; slow: boolean }
  | { is: "confirmed"; channel: string; address: string; seconds: number; share: number; wrote: boolean }
  | { is: "failed"; id: string; reason: string }
  | { is: "settled" };

/** After so long the visitor is told that it takes longer. */
const SLOW_MS = 8_000;
/** A failure is news for so long; the log keeps its line. */
const NEWS_MS = 90_000;
const WINDOW_MS = 10_000;

export function stageOf(state: State): Stage {
  const view = state.conversation!.switch;
  const channel = view.channel ?? "";
  const address = view.address ?? "";
  if (view.phase === "greeting") {
    if (left(view.deadline))
      return { is: "sending", channel, address, slow: since(state, view, "switch_asked") > SLOW_MS };
    return failed(state, view, "timed_out");
  }
  if (view.phase === "reversible" && left(view.until)) {
    const share = Math.min(1, left(view.until) / (state.config?.revert_window_ms ?? WINDOW_MS));
    return {
      is: "confirmed",
      channel,
      address,
      seconds: secondsLeft(view.until),
      share,
      wrote: wroteFirst(state, view),
    };
  }
  if (
    view.phase === "settled" &&
    view.outcome === "failed" &&
    view.reason &&
    since(state, view, "switch_failed") < NEWS_MS
  ) {
    return failed(state, view, view.reason);
  }
  return { is: "settled" };
}

/** Whether the stage changes by the passing of time alone. */
export function isRunning({ conversation }: State): boolean {
  return conversation!.switch.phase !== "settled";
}

function failed(state: State, { id }: SwitchView, reason: string): Stage {
  return id && state.dismissed === id ? { is: "settled" } : { is: "failed", id: id ?? "", reason };
}

/** Whether no welcome was sent: there is none to be answered. */
function wroteFirst({ log }: State, { id }: SwitchView): boolean {
  return log.events.some((event) => event.kind === "switched" && event.switch === id && event.how !== "welcome");
}

/** How long ago the switch's last event of this kind was; none yet: just now. */
function since({ log }: State, view: SwitchView, kind: "switch_asked" | "switch_failed"): number {
  const event = log.events.filter((one) => one.kind === kind && one.switch === view.id).at(-1);
  return event ? serverNow() - Date.parse(event.at) : 0;
}
