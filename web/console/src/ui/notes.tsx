/** What the operator must know before the next word: a move under way, a phone that has not answered, nobody to reach. */

import { left, secondsLeft, serverNow, type Conversation, type Log, type Message } from "@switchboard/core";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { freeText } from "../desk/free_text.ts";
import { beyond, hasWindow, heldByOther, moveBlock, opensThere, reconnectWays, ways } from "../desk/ways.ts";
import { channelName, legName, placeName } from "../words/people.ts";
import { reasonWords } from "../words/refusals.ts";
import { useWords } from "../words/context.ts";
import { useDesk, useDeskState, useNow, useWindowEnd } from "./context.ts";
import { Icon, type IconName } from "./icon.tsx";
import { useMove } from "./move.ts";
import { Button } from "./parts.tsx";

interface NoteProps {
  icon: IconName;
  tone: "info" | "warn" | "bad";
  children: ComponentChildren;
  keys?: ComponentChildren;
  name: string;
}

function Note({ icon, tone, children, keys, name }: NoteProps) {
  return (
    <div class={`note note-${tone}`} role="status" data-note={name}>
      <Icon name={icon} />
      <p class="note-words">{children}</p>
      {keys && <div class="note-keys">{keys}</div>}
    </div>
  );
}

interface Props {
  row: Conversation;
  onOtherNumber: (channel: string) => void;
}

export function Notes({ row, onOtherNumber }: Props) {
  const me = useDeskState((state) => state.session.operator.id);
  useWindowEnd(row);
  if (row.status === "resolved") return <Closed row={row} onOtherNumber={onOtherNumber} />;
  if (heldByOther(row, me)) return null;
  return (
    <div class="notes">
      {row.switch.phase === "greeting" && <Greeting row={row} />}
      {row.switch.phase === "reversible" && <Window key={row.switch.id} row={row} />}
      {row.active_leg && !row.active_leg.heard && <Unproven row={row} />}
      {!row.active_leg && row.switch.phase !== "greeting" && <Unreachable row={row} onOtherNumber={onOtherNumber} />}
      <Elsewhere row={row} />
      {row.invitation && <Asked key={row.invitation.id} row={row} />}
      <Away row={row} />
    </div>
  );
}

/** A closed chat: who was in it can be reached by phone. Whoever is at the window writes there. */
function Closed({ row, onOtherNumber }: Props) {
  const words = useWords();
  const { t } = words;
  const me = useDeskState((state) => state.session.operator.id);
  const move = useMove(row);
  const [other] = beyond(row);
  if (row.switch.phase === "greeting") {
    return (
      <div class="notes">
        <Greeting row={row} />
      </div>
    );
  }
  if (!other || (row.visitor_here && row.active_leg?.channel === "web")) return null;
  const failed = row.switch.outcome === "failed";
  const known = reconnectWays(row, me);
  const open = known.find(({ channel, address }) => opensThere(row, channel, [address ?? ""]));
  const how = [
    known.length === 0 && t("reconnect.unknown"),
    known.length > (open ? 1 : 0) && t("reconnect.how"),
    open && t("reconnect.opens", { leg: channelName(open.channel, words) }),
  ];
  return (
    <div class="notes">
      <Note
        name="reconnect"
        icon="phone"
        tone={failed ? "warn" : "info"}
        keys={
          <>
            {known.map((way) => (
              <Button small key={way.channel + way.address} onClick={() => void move(way)}>
                {t("reconnect.by", { leg: legName(way, words, row) })}
              </Button>
            ))}
            <Button small look="quiet" onClick={() => onOtherNumber(other.channel)}>
              {t("move.other")}
            </Button>
            {failed && row.switch.held_by && <HeldBy id={row.switch.held_by} />}
          </>
        }
      >
        {failed
          ? t("reconnect.failed", { reason: reasonWords(row.switch.reason, words) })
          : how.filter(Boolean).join(" ")}
      </Note>
    </div>
  );
}

/** The way to the conversation that holds the number. */
export function HeldBy({ id }: { id: string }) {
  const { t } = useWords();
  const desk = useDesk();
  return (
    <Button small onClick={() => desk.openConversation(id)}>
      {t("reconnect.holder")}
    </Button>
  );
}

function Greeting({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const desk = useDesk();
  const me = useDeskState((state) => state.session.operator.id);
  const { channel, address, asked_by } = row.switch;
  const leg = legName({ channel: channel ?? "", address }, words, row);
  return (
    <Note
      name="greeting"
      icon="hourglass"
      tone="info"
      keys={
        asked_by?.id === me && (
          <Button small onClick={() => void desk.cancel(row.id)}>
            {t("cancel")}
          </Button>
        )
      }
    >
      <strong>{t("note.greeting", { leg })}</strong>{" "}
      {row.active_leg && t("note.greeting_until", { leg: legName(row.active_leg, words, row) })}
    </Note>
  );
}

/** Drawn from the server's clock, and gone when the window is over, whether the server has said so yet or not. */
function Window({ row }: { row: Conversation }) {
  const words = useWords();
  useNow(250);
  const { until } = row.switch;
  if (left(until) === 0) return null;
  return (
    <Note name="window" icon="undo" tone="info">
      {words.t(hasWindow(row) ? "note.window" : "note.moved", { n: secondsLeft(until) })}
    </Note>
  );
}

function Unproven({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const leg = row.active_leg!;
  const number = leg.address ? placeName(leg, row) : channelName(leg.channel, words);
  if (freeText(leg, serverNow()).state === "waits") {
    return (
      <Note name="unproven" icon="hourglass" tone="warn">
        <strong>{t("note.unproven")}</strong>{" "}
        {leg.window
          ? t("note.unproven_waits", { number, channel: channelName(leg.channel, words) })
          : t("note.unproven_held", { number })}
      </Note>
    );
  }
  return (
    <Note name="unproven" icon="phone" tone="warn">
      <strong>{t("note.unproven")}</strong> {t("note.unproven_why", { number })}
    </Note>
  );
}

function Unreachable({ row, onOtherNumber }: Props) {
  const words = useWords();
  const { t } = words;
  const me = useDeskState((state) => state.session.operator.id);
  const move = useMove(row);
  const open = ways(row, me).filter((way) => way.block === null);
  const [other] = beyond(row);
  return (
    <Note
      name="unreachable"
      icon="alert"
      tone="bad"
      keys={
        moveBlock(row, me) === null && (
          <>
            {open.map((way) => (
              <Button small key={way.channel + way.address} onClick={() => void move(way)}>
                {t("move.to", { leg: legName(way, words, row) })}
              </Button>
            ))}
            {other && open.length === 0 && (
              <Button small onClick={() => onOtherNumber(other.channel)}>
                {t("move.other")}
              </Button>
            )}
          </>
        )
      }
    >
      <strong>{t("note.unreachable")}</strong> {t("note.unreachable_why")}
    </Note>
  );
}

/** The visitor wrote from a phone, and the conversation stands elsewhere: offer to answer where they are. */
function Elsewhere({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const me = useDeskState((state) => state.session.operator.id);
  const move = useMove(row);
  const log = useDeskState((state) => state.threads.get(row.id)?.log);
  const last = useMemo(() => log && lastWordsWhere(log), [log]);
  if (!last || last.leg === row.active_leg?.id || !row.active_leg) return null;
  const leg = row.legs.find((one) => one.id === last.leg);
  const way = ways(row, me).find((one) => one.channel === leg?.channel && one.address === leg.address);
  if (!leg?.heard || !leg.usable || leg.taken_back || way?.block !== null) return null;
  if (leg.channel === "web") return null;
  return (
    <Note
      name="elsewhere"
      icon="move"
      tone="info"
      keys={
        <Button small onClick={() => void move(way)}>
          {t("move.answer_by", { channel: channelName(leg.channel, words) })}
        </Button>
      }
    >
      {t("note.elsewhere", { leg: legName(leg, words, row), active: legName(row.active_leg, words, row) })}
    </Note>
  );
}

function Asked({ row }: { row: Conversation }) {
  const words = useWords();
  useNow(10_000);
  const { channel, expires_at } = row.invitation!;
  if (left(expires_at) === 0) return null;
  return (
    <Note name="asked" icon="ask" tone="info">
      {words.t("note.asked", { channel: channelName(channel, words), at: words.clock(expires_at) })}
    </Note>
  );
}

/** The visitor's last message; none where the conversation has moved since: then its place has been chosen. */
function lastWordsWhere({ events }: Log): Message | null {
  for (const event of [...events].reverse()) {
    if (event.kind === "switched" || event.kind === "reverted") return null;
    if (event.kind === "message" && event.author.kind === "visitor") return event;
  }
  return null;
}

/** The window is closed: what is written there waits. Where a number is known, there is a better way. */
function Away({ row }: { row: Conversation }) {
  const words = useWords();
  const { t } = words;
  const me = useDeskState((state) => state.session.operator.id);
  const move = useMove(row);
  const leg = row.active_leg;
  if (leg?.channel !== "web" || row.visitor_here !== false || row.switch.phase === "greeting") return null;
  const phone = ways(row, me).find((way) => way.address !== null && way.block === null);
  return (
    <Note
      name="away"
      icon="globe"
      tone="info"
      keys={
        phone && (
          <Button small onClick={() => void move(phone)}>
            {t("move.to", { leg: legName(phone, words, row) })}
          </Button>
        )
      }
    >
      {t("note.away")}
    </Note>
  );
}
