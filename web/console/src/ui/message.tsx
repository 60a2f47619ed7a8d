/** One message, by whomever, on whatever channel; and one that is still on its way out of this machine. */

import { serverNow, type Conversation, type Draft } from "@switchboard/core";
import { refusedWords } from "@switchboard/core/files/words";
import { freeText } from "../desk/free_text.ts";
import { refusal } from "../words/refusals.ts";
import type { Item } from "../log/items.ts";
import { channelName, isolate, legName, visitorName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState } from "./context.ts";
import type { Words } from "../words/words.ts";
import { fileWords, ShownFiles, UnsentFiles } from "./files.tsx";
import { DeliveryMark } from "./delivery.tsx";
import { Icon } from "./icon.tsx";
import { Button, ChannelTag } from "./parts.tsx";

interface MessageProps {
  item: Extract<Item, { type: "message" }>;
  conversation: string;
}

export function MessageView({ item, conversation }: MessageProps) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const row = useDeskState((state) => state.rows.get(conversation));
  const me = useDeskState((state) => state.session.operator.id);
  const { message, first, moved, unseen, again } = item;
  const { author } = message;
  const ours = author.kind !== "visitor";
  const who =
    author.kind === "visitor"
      ? visitorName(row, words)
      : author.kind === "operator"
        ? author.id === me
          ? t("actor.you_sentence")
          : (author.name ?? t("actor.operator"))
        : t("actor.system_sentence");
  const canAgain = again && row?.reachable && row.status !== "resolved";

  return (
    <article class={`message ${ours ? "ours" : "theirs"} ${first ? "first" : ""}`} data-seq={message.seq}>
      {first ? (
        <header class="message-head">
          <bdi class="message-who">{who}</bdi>
          {moved && <ChannelTag channel={message.channel} label={channelName(message.channel, words)} />}
        </header>
      ) : (
        <span class="unseen">{isolate(who)}</span>
      )}
      <div class={`bubble ${again ? "bubble-again" : ""}`} dir="auto">
        {message.text && <span class="message-text">{message.text}</span>}
        {message.attachments?.length > 0 && <ShownFiles files={message.attachments} />}
        <span class="message-meta">
          {message.template && <span title={message.template}>{t("message.template")}</span>}
          <time dir={words.dir} dateTime={message.at} title={words.whole(message.at)}>
            {words.clock(message.at)}
          </time>
          {ours && !unseen && <DeliveryMark delivery={message.delivery} />}
          {unseen && (
            <span class="delivery delivery-not-seen" dir={words.dir}>
              {t("delivery.not_seen")}
            </span>
          )}
        </span>
      </div>
      {again && canAgain && (
        <div class="message-again">
          {needsTemplate(item, row) ? (
            <Button small icon="template" keys="s" onClick={() => desk.pick(conversation)}>
              {t("template.choose")}
            </Button>
          ) : (
            <Button small icon="send" keys="s" onClick={() => void desk.again(conversation, message)}>
              {row.active_leg
                ? t("message.again_by", { leg: legName(row.active_leg, words, row) })
                : t("message.again")}
            </Button>
          )}
        </div>
      )}
    </article>
  );
}

/** Said once more as it is, it would not go either. */
function needsTemplate({ message, needsTemplate: refused }: MessageProps["item"], row: Conversation): boolean {
  const { active_leg: leg } = row;
  return freeText(leg, serverNow()).state === "closed" || (refused && message.leg === leg?.id);
}

/** Written here and not acknowledged: on its way, or refused and waiting for a decision. */
export function UnsentView({ draft, conversation }: { draft: Draft; conversation: string }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const row = useDeskState((state) => state.rows.get(conversation));
  const { refused } = draft;
  return (
    <article class={`message ours first unsent ${refused ? "unsent-refused" : ""}`}>
      <div class="bubble" dir="auto">
        {draft.text && <span class="message-text">{draft.text}</span>}
        {draft.files && <UnsentFiles draft={draft} />}
        {!refused && (
          <span class="message-meta">
            <DeliveryMark delivery={{ state: "queued" }} />
          </span>
        )}
      </div>
      {refused && (
        <div class="refused" role="alert">
          <p>
            <Icon name="alert" />
            {whyRefused(draft, row, words)}
          </p>
          <div class="refused-keys">
            <WayOut draft={draft} code={refused.code} conversation={conversation} />
            <Button small look="quiet" onClick={() => desk.takeBack(conversation, draft)}>
              {t(refused.code === "held" ? "message.keep" : "message.edit")}
            </Button>
          </div>
        </div>
      )}
    </article>
  );
}

/** Why it was not taken; a file tells its own reason. */
function whyRefused({ files, refused }: Draft, row: Conversation | undefined, words: Words): string {
  const ours = words.of("refusal", refused!.code, "refusal.other") !== words.t("refusal.other");
  return files && !ours
    ? refusedWords(refused!, fileWords(words))
    : refusal({ type: "", title: "", status: 409, ...refused! }, row, words);
}

/** The one key that goes on from a refusal. */
function WayOut({ draft, code, conversation }: { draft: Draft; code: string; conversation: string }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const row = useDeskState((state) => state.rows.get(conversation));
  const leg = row?.active_leg;
  if (code === "template_needed") {
    return (
      <Button small look="main" icon="template" keys="s" onClick={() => desk.pick(conversation)}>
        {t("template.choose")}
      </Button>
    );
  }
  if (code === "held" || code === "unreachable" || code === "too_long") return null;
  const [label, go] =
    code === "leg_changed" && leg
      ? [t("message.send_there", { leg: legName(leg, words, row) }), () => desk.sendThere(conversation, draft)]
      : code === "resolved"
        ? [
            t("message.reopen_and_send"),
            async () => {
              if (await desk.reopen(conversation)) desk.retry(conversation, draft.client_id);
            },
          ]
        : [t("retry"), () => desk.retry(conversation, draft.client_id)];
  return (
    <Button small look="main" keys="s" onClick={() => void go()}>
      {label}
    </Button>
  );
}
