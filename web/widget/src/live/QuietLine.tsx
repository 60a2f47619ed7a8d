/** One quiet line of the log: something happened to the chat itself. */

import type { LogEvent } from "../../../core/src/types.ts";
import type { ViewProps } from "../view/Window.tsx";
import { lineOf } from "./line.ts";
import { channelName, shown } from "./say.ts";

export function QuietLine({ session, state, event }: ViewProps & { event: LogEvent }) {
  const { words } = session;
  const line = lineOf(event, state.conversation);
  if (!line) return null;
  return (
    <p class="quiet">
      <span>
        {words.t(line.key, {
          channel: channelName(words, line.channel),
          address: shown(line.address),
          name: line.name ?? words.t("us"),
        })}
      </span>
    </p>
  );
}
