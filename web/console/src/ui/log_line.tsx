/** A quiet line of the log: a switch, an assignment, a resolve. */

import type { Message } from "@switchboard/core";
import { lineWords } from "../log/line.ts";
import type { Item } from "../log/items.ts";
import { useWords } from "../words/context.ts";
import { useDeskState } from "./context.ts";
import { DeliveryMark } from "./delivery.tsx";
import { channelTint, Icon } from "./icon.tsx";

/** Ends a line rather than beginning one. */
const DOT = "\u00a0· ";

export function LogLine({ item }: { item: Extract<Item, { type: "line" }> }) {
  const words = useWords();
  const me = useDeskState((state) => state.session.operator.id);
  // Put back at once, it has come home.
  const to = item.back?.channel ?? ("channel" in item.line ? item.line.channel : "");
  const { icon, text, aside, tone } = lineWords(item, me, words);
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
