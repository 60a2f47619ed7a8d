/** A quiet line of the log: a switch, an assignment, a resolve. */

import type { Conversation, Message } from "@switchboard/core";
import { lineWords } from "../log/line.ts";
import type { Item, Line } from "../log/items.ts";
import { useWords } from "../words/context.ts";
import { useDeskState } from "./context.ts";
import { DeliveryMark } from "./delivery.tsx";
import { channelTint, Icon } from "./icon.tsx";
import { HeldBy } from "./notes.tsx";

/** Ends a line rather than beginning one. */
const DOT = "\u00a0· ";

interface Props {
  item: Extract<Item, { type: "line" }>;
  row: Conversation | undefined;
}

export function LogLine({ item, row }: Props) {
  const words = useWords();
  const me = useDeskState((state) => state.session.operator.id);
  // Put back at once, it has come home.
  const to = item.back?.channel ?? ("channel" in item.line ? item.line.channel : "");
  const { icon, text, aside, tone } = lineWords(item, me, words, row);
  const holder = row && holderOf(item.line, row);
  return (
    <div class={`line line-${tone} ${tone === "moved" ? channelTint(to) : ""}`} data-kind={item.line.kind}>
      <Icon name={icon} />
      <span class="line-words">
        <span class="line-text">{text}</span>
        {aside && (
          <span class="line-aside">
            {DOT}
            {aside}
          </span>
        )}
        {holder && (
          <>
            {DOT}
            <HeldBy id={holder} />
          </>
        )}
        {item.welcome && (
          <>
            {DOT}
            <Welcome message={item.welcome} />
          </>
        )}
      </span>
      <time class="line-time" dateTime={item.line.at} title={words.whole(item.line.at)}>
        {words.clock(item.line.at)}
      </time>
    </div>
  );
}

/** The chat that has the number of the last switch. Over a closed chat the note leads there. */
function holderOf(line: Line, { status, switch: last }: Conversation): string | null | undefined {
  return line.kind === "switch_failed" && line.switch === last.id && status !== "resolved" ? last.held_by : null;
}

/** What the phone was sent first, folded away behind its fate. */
function Welcome({ message }: { message: Message }) {
  const { t } = useWords();
  return (
    <details class="welcome">
      <summary>
        {t("line.welcome")} <DeliveryMark delivery={message.delivery} quiet />
      </summary>
      <q class="welcome-text" dir="auto">
        {message.text}
      </q>
    </details>
  );
}
