/** One conversation in the list. */

import { serverNow, type Conversation } from "@switchboard/core";
import type { Section } from "../desk/inbox.ts";
import { channelName, initials, isolate, visitorName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import type { Words } from "../words/words.ts";
import { useDesk, useDeskState, useNow } from "./context.ts";
import { ChannelIcon, Icon } from "./icon.tsx";
import { Waiting } from "./inbox.tsx";
import { Avatar } from "./parts.tsx";

export function InboxRow({ row, section }: { row: Conversation; section: Section }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const open = useDeskState((state) => state.route.conversation === row.id);
  const typing = useDeskState((state) => state.typing.get(row.id));
  const unsent = useDeskState((state) => state.outgoing.get(row.id)?.some((draft) => draft.refused) ?? false);
  const draft = open ? "" : desk.drafts.of(row.id);
  const name = visitorName(row, words);
  const unread = section === "in_progress" || section === "resolved" ? 0 : (row.unread ?? 0);
  const channel = row.active_leg?.channel ?? row.last_message?.channel;

  return (
    <li>
      <button
        type="button"
        class={`row ${unread ? "row-unread" : ""}`}
        data-row={row.id}
        aria-current={open ? "true" : undefined}
        onClick={() => desk.openConversation(row.id)}
      >
        <Avatar name={row.visitor?.name} id={row.visitor?.id ?? row.id} here={row.visitor_here} />
        <span class="row-main">
          <span class="row-top">
            <span class="row-name" dir="auto">
              {name}
            </span>
            {section === "waiting" && row.queued_at ? <Waiting since={row.queued_at} /> : <When at={row.updated_at} />}
          </span>
          <span class="row-bottom">
            {channel && (
              <span class="row-channel" title={channelName(channel, words)}>
                <ChannelIcon channel={channel} />
                <span class="unseen">{channelName(channel, words)}</span>
              </span>
            )}
            <span class="row-words" dir="auto">
              {typing ? (
                <span class="row-typing">{t("row.typing")}</span>
              ) : draft ? (
                <>
                  <bdi class="row-draft">{t("row.draft")}</bdi> {draft}
                </>
              ) : (
                lastWords(row, words)
              )}
            </span>
            {unsent && <Icon name="alert" class="row-unsent" />}
            {section === "in_progress" && row.assignee && (
              <span class="row-holder" title={row.assignee.name}>
                {initials(row.assignee.name)}
                <span class="unseen">{t("row.held_by", { name: isolate(row.assignee.name) })}</span>
              </span>
            )}
            {unread > 0 && (
              <span class="badge">
                {words.number(Math.min(unread, 99))}
                <span class="unseen"> {t("row.unread")}</span>
              </span>
            )}
          </span>
        </span>
      </button>
    </li>
  );
}

function When({ at }: { at: string }) {
  const words = useWords();
  useNow(60_000);
  return (
    <time class="row-time" dateTime={at} title={words.whole(at)}>
      {words.brief(at, serverNow())}
    </time>
  );
}

function lastWords(row: Conversation, { t }: Words): string {
  const last = row.last_message;
  if (!last) return t("row.no_words");
  if (last.author_kind === "system") return t("row.welcome");
  const text = last.text || t("row.media");
  return last.author_kind === "operator" ? t("row.answered", { text }) : text;
}
