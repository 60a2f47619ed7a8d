/** The small things round the messages of a begun chat. */

import type { Message } from "../../../core/src/types.ts";
import type { Session } from "../session.ts";
import { Icon } from "./icons.tsx";
import { channelIcon, channelName } from "./say.ts";

export function Typing({ session, name }: { session: Session; name: string }) {
  return (
    <p class="typing" aria-live="off">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {session.words.t("typing", { name })}
    </p>
  );
}

/** What came or went by another channel than this window says so. */
export function ChannelBadge({ session, channel }: { session: Session; channel: string }) {
  if (channel === "web") return null;
  return (
    <span class="by">
      <Icon name={channelIcon(channel)} />
      {channelName(session.words, channel)}
    </span>
  );
}

/** An answer that was meant for the phone and did not get there is here all the same. */
export function Undelivered({ session, message }: { session: Session; message: Message }) {
  if (message.channel === "web" || !/failed|withdrawn/.test(message.delivery.state)) return null;
  return <span class="bad">{session.words.t("undelivered")}</span>;
}

/** What shows files comes with the first of them. */
export function Attachments({ session, message }: { session: Session; message: Message }) {
  const { files } = session.state;
  if (!message.attachments?.length) return null;
  if (!files) session.files().catch(() => {});
  return files ? <files.Shown session={session} message={message} /> : null;
}
