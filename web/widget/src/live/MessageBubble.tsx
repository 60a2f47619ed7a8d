/** One message of the log. */

import type { ComponentChildren } from "preact";
import type { Message } from "../../../core/src/types.ts";
import type { Session } from "../session.ts";
import { Said } from "../view/DraftBubble.tsx";
import { Attachments, ChannelBadge, Undelivered } from "./details.tsx";

interface MessageProps {
  session: Session;
  message: Message;
  /** Of those that stand together. */
  first: boolean;
  last: boolean;
  /** The visitor's newest: its fate stands under it. */
  newest: boolean;
}

export function MessageBubble({ session, message, first, last, newest }: MessageProps) {
  const { t, locale } = session.words;
  const own = message.author.kind === "visitor";
  return (
    <article class={`bubble ${own ? "own" : "theirs"}${first ? " first" : ""}${last ? " last" : ""}`}>
      <p class={first && !own ? "name" : "aside"}>{own ? t("you") : (message.author.name ?? t("us"))}</p>
      {message.text && <Said>{linked(message.text)}</Said>}
      <Attachments session={session} message={message} />
      {(last || newest) && (
        <p class="under">
          <ChannelBadge session={session} channel={message.channel} />
          <time dateTime={message.at}>{said(message.at, locale)}</time>
          {own ? newest && <span>{t(fate(message))}</span> : <Undelivered session={session} message={message} />}
        </p>
      )}
    </article>
  );
}

/** The time of day, with the date where it was not today. */
function said(at: string, locale: string): string {
  const date = new Date(at);
  const day = date.toDateString() === new Date().toDateString() ? {} : ({ month: "short", day: "numeric" } as const);
  return date.toLocaleString(locale, { ...day, hour: "numeric", minute: "2-digit" });
}

/** Web addresses in a text become links; all else stays text. */
function linked(text: string): ComponentChildren[] {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])/).map((part, i) =>
    i % 2 ? (
      <a href={part} target="_blank" rel="noopener noreferrer nofollow">
        {part}
      </a>
    ) : (
      part
    ),
  );
}

function fate({ delivery: { state } }: Message): string {
  return state === "read" || state === "delivered" ? state : "sent";
}
