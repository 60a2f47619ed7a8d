/** The visitor: who they say they are, where they can be reached and how well that is proven, and the legs so far. */

import type { Conversation, Leg, Proof, Status } from "@switchboard/core";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { alsoBy } from "../desk/inbox.ts";
import { askable, beyond, canAsk, moveBlock, ways, type Way } from "../desk/ways.ts";
import { actorName, channelName, legName, showAddress, visitorName } from "../words/people.ts";
import { useWords } from "../words/context.ts";
import type { Key, Words } from "../words/words.ts";
import { useDesk, useDeskState, useWindowEnd } from "./context.ts";
import { ChannelIcon, channelTint, Icon } from "./icon.tsx";
import { LeadPart } from "./lead_part.tsx";
import { useMove } from "./move.ts";
import { OptOutDialog } from "./opt_out_dialog.tsx";
import { Avatar, Button, IconButton } from "./parts.tsx";
import { askKey, blockKey } from "./route_menu.tsx";

interface Props {
  row: Conversation;
  onOtherNumber: (channel: string) => void;
}

export function VisitorPanel({ row, onOtherNumber }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  return (
    <section class="panel" aria-label={t("panel.title")}>
      <header class="panel-head">
        <IconButton
          icon="close"
          class="panel-close"
          label={t("panel.close")}
          onClick={() => desk.go({ conversation: row.id, panel: false })}
        />
        <h2>{t("panel.title")}</h2>
      </header>
      <div class="panel-scroll">
        <div class="who">
          <Avatar name={row.visitor?.name} id={row.visitor?.id ?? row.id} here={row.visitor_here} />
          <div class="who-words">
            <Name key={row.visitor?.id} row={row} />
            <p class={row.visitor_here ? "who-here" : "who-away"}>
              {t(row.visitor_here ? "visitor.here" : "visitor.away")}
            </p>
          </div>
        </div>
        <Reach row={row} onOtherNumber={onOtherNumber} />
        {row.visitor?.lead && <LeadPart key={row.visitor.lead} id={row.visitor.lead} />}
        <Legs row={row} />
        <Others row={row} />
        <About row={row} />
      </div>
    </section>
  );
}

function Name({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const [text, setText] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const name = row.visitor?.name ?? "";
  const editing = text !== null;
  useEffect(() => {
    if (editing) field.current?.select();
  }, [editing]);

  if (!editing) {
    return (
      <button type="button" class="who-name" id="rename" aria-keyshortcuts="e" onClick={() => setText(name)}>
        <bdi>{visitorName(row, words)}</bdi>
        <Icon name="edit" />
        <span class="unseen">{t("panel.rename")}</span>
      </button>
    );
  }
  const save = async () => {
    const next = text.trim();
    setText(null);
    if (next !== name) await desk.rename(row.id, next);
  };
  return (
    <form
      class="who-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <input
        ref={field}
        class="input"
        dir="auto"
        value={text}
        maxLength={120}
        aria-label={t("panel.name")}
        placeholder={t("panel.name")}
        onInput={(event) => setText(event.currentTarget.value)}
        onBlur={() => void save()}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setText(null);
        }}
      />
    </form>
  );
}

export const PROOF_NOTES: Record<Proof, Key> = {
  claimed: "proof.claimed_note",
  delivered: "proof.delivered_note",
  replied: "proof.replied_note",
  linked: "proof.linked_note",
};

function Reach({ row, onOtherNumber }: Props) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const me = useDeskState((state) => state.session.operator.id);
  const block = moveBlock(row, me);
  const [other] = beyond(row);
  const asked = askable(row);
  useWindowEnd(row);
  return (
    <section class="panel-part">
      <h3>{t("panel.reach")}</h3>
      <ul class="ways">
        {ways(row, me).map((way) => (
          <WayView key={way.channel + way.address} row={row} way={way} />
        ))}
      </ul>
      <div class="panel-keys">
        {asked.map((offer, i) => (
          <Button
            key={"ask" + offer.channel}
            small
            icon="ask"
            id={`ask-${offer.channel}`}
            keys={i === 0 ? "a" : undefined}
            disabled={!canAsk(row, me)}
            onClick={() => void desk.ask(row.id, offer)}
          >
            {t(askKey(offer), { channel: channelName(offer.channel, words) })}
          </Button>
        ))}
        {other && (
          <Button
            small
            look="quiet"
            icon="phone"
            disabled={block !== null}
            onClick={() => onOtherNumber(other.channel)}
          >
            {t("move.other")}
          </Button>
        )}
      </div>
      {asked.length > 0 && (
        <p class="panel-hint">
          {row.invitation ? t("ask.open") : canAsk(row, me) ? t("ask.how") : t(askBlock(row, me))}
        </p>
      )}
    </section>
  );
}

function askBlock(row: Conversation, me: string): Key {
  const block = moveBlock(row, me);
  return block ? blockKey(block, row) : "ask.only_web";
}

function WayView({ row, way }: { row: Conversation; way: Way }) {
  const words = useWords();
  const { t } = words;
  const move = useMove(row);
  const me = useDeskState((state) => state.session.operator.id);
  const { channel, address, number, proof, block } = way;
  const [optingOut, setOptingOut] = useState(false);
  const leg = row.legs.find((one) => one.channel === channel && one.address === address);
  // Whatever channel it was tried on since.
  const leftIt = row.visitor?.addresses.some((one) => one.address === address && one.given_in === "lead");
  return (
    <li class={`way ${block === "active" ? "way-active" : ""}`}>
      <ChannelIcon channel={channel} />
      <span class="way-words">
        <span class="way-name">{address ? showAddress(number ?? address) : channelName(channel, words)}</span>
        <span class="proof">
          {address && <>{channelName(channel, words)} · </>}
          {block === "opted_out" ? (
            <span class="proof-out">{t("block.opted_out")}</span>
          ) : proof ? (
            <span class={`proof-${proof}`}>{words.of("proof", proof, "proof.claimed")}</span>
          ) : (
            t(row.visitor_here ? "way.here" : "way.away")
          )}
        </span>
        {address && proof && (
          <span class="proof-note">
            {proof !== "linked" && <>{leftIt ? t("given.lead") : leg && givenBy(leg, me, words)} </>}
            {t(block === "opted_out" ? "proof.opted_out_note" : PROOF_NOTES[proof])}
          </span>
        )}
      </span>
      {block === "active" ? (
        <span class="way-now">{t("way.now")}</span>
      ) : block === null ? (
        <Button small onClick={() => void move(way)}>
          {t("way.go")}
        </Button>
      ) : null}
      {address && block !== "opted_out" && (
        <IconButton
          icon="stop"
          class="way-stop"
          label={t("opt_out.title", { address: showAddress(number ?? address), channel: channelName(channel, words) })}
          onClick={() => setOptingOut(true)}
        />
      )}
      {address && optingOut && (
        <OptOutDialog row={row} channel={channel} address={address} onClose={() => setOptingOut(false)} />
      )}
    </li>
  );
}

/** Who typed it; nothing where nobody did: it came with their first words. */
function givenBy({ opened_by: by, why }: Leg, me: string, words: Words): string {
  if (by.kind === "operator") return words.t("given.operator", { who: actorName(by, me, words) });
  return by.kind === "visitor" && why === "switch" ? words.t("given.visitor") : "";
}

function Legs({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const me = useDeskState((state) => state.session.operator.id);
  return (
    <section class="panel-part">
      <h3>{t("panel.legs")}</h3>
      <ol class="legs">
        {row.legs.map((leg) => (
          <li key={leg.id} class={`${channelTint(leg.channel)} ${leg.active ? "leg-active" : ""}`}>
            <span class="leg-name">{legName(leg, words, row)}</span>
            <span class="leg-note">
              <time dateTime={leg.opened_at} title={words.whole(leg.opened_at)}>
                {words.brief(leg.opened_at, Date.now())}
              </time>
              {" · "}
              {t("line.by", { who: actorName(leg.opened_by, me, words) })}
              {leg.active && <> · {t("way.now")}</>}
              {optedOut(row, leg) ? (
                <span class="proof-out"> · {t("leg.opted_out")}</span>
              ) : (
                !leg.usable && <> · {t("leg.unusable")}</>
              )}
              {leg.taken_back && <> · {t("leg.taken_back")}</>}
              {leg.address && !leg.heard && <> · {t("leg.not_heard")}</>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function optedOut(row: Conversation, leg: Leg): boolean {
  const known = row.visitor?.addresses ?? [];
  return known.some((one) => one.channel === leg.channel && one.address === leg.address && one.opted_out);
}

/** Other chats that were held by the same address. */
function Others({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const rows = useDeskState((state) => state.rows);
  const others = useMemo(() => alsoBy(rows, row).slice(0, OTHERS), [rows, row]);
  const address = row.active_leg?.address ?? row.legs.flatMap((leg) => leg.address ?? []).at(-1);
  useEffect(() => {
    if (address) desk.readOf(address);
  }, [desk, row.id, address]);
  if (others.length === 0) return null;
  return (
    <section class="panel-part">
      <h3>{t("panel.others")}</h3>
      <ul class="others">
        {others.map((other) => (
          <li key={other.id}>
            <button type="button" class="other" onClick={() => desk.openConversation(other.id)}>
              <span class="other-words" dir="auto">
                {other.last_message?.text || t("row.no_words")}
              </span>
              <span class="leg-note">
                {t(STATUS_WORDS[other.status])} ·{" "}
                <time dateTime={other.updated_at}>{words.brief(other.updated_at, Date.now())}</time>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

const STATUS_WORDS: Record<Status, Key> = {
  waiting: "status.waiting",
  in_progress: "status.in_progress",
  resolved: "status.resolved",
};
/** Chats of one address that are shown. */
const OTHERS = 5;

function About({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  return (
    <section class="panel-part">
      <h3>{t("panel.about")}</h3>
      <dl class="facts">
        <dt>{t("panel.opened")}</dt>
        <dd>{words.whole(row.created_at)}</dd>
        <dt>{t("panel.holder")}</dt>
        <dd>{row.assignee ? <bdi>{row.assignee.name}</bdi> : t("panel.nobody")}</dd>
        <dt>{t("panel.id")}</dt>
        <dd class="facts-id">
          <bdi dir="ltr">{row.id}</bdi>
        </dd>
      </dl>
    </section>
  );
}
