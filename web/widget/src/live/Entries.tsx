/** The log's events: what was said on both sides, and between it the quiet lines. */

import type { LogEvent, Message } from "../../../core/src/types.ts";
import type { ViewProps } from "../view/Window.tsx";
import { Typing } from "./details.tsx";
import css from "./entries.css?inline";
import { MessageBubble } from "./MessageBubble.tsx";
import { QuietLine } from "./QuietLine.tsx";

export { css };

/** Messages of one side within this time stand together. */
const TOGETHER_MS = 5 * 60_000;

export function Entries({ session, state }: ViewProps) {
  const { events } = state.log;
  // The visitor's latest message is the one whose fate is told.
  const newest = events.filter((event) => event.kind === "message" && event.author.kind === "visitor").at(-1);
  return events.map((event, i) =>
    event.kind === "message" && event.author.kind !== "system" ? (
      <MessageBubble
        key={event.seq}
        session={session}
        message={event}
        first={!isTogether(events[i - 1], event)}
        last={!isTogether(events[i + 1], event)}
        newest={newest === event}
      />
    ) : (
      !isToldBySwitch(events, event) && <QuietLine key={event.seq} session={session} state={state} event={event} />
    ),
  );
}

/** A welcome that the chat moved by needs no line beside the switch's. */
function isToldBySwitch(events: readonly LogEvent[], welcome: LogEvent): boolean {
  if (welcome.kind !== "message") return false;
  const next = events.find(
    (event) => event.seq > welcome.seq && "switch" in event && "leg" in event && event.leg === welcome.leg,
  );
  return next?.kind === "switched";
}

/** Who is writing stands last of all. */
export function Writing({ session, state }: ViewProps) {
  return state.typing ? <Typing session={session} name={state.typing} /> : null;
}

function isTogether(other: LogEvent | undefined, message: Message): boolean {
  return (
    other?.kind === "message" &&
    other.author.kind === message.author.kind &&
    other.author.id === message.author.id &&
    other.channel === message.channel &&
    Math.abs(Date.parse(other.at) - Date.parse(message.at)) < TOGETHER_MS
  );
}
