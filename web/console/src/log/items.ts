/** The log as it is drawn: messages, days, and one quiet line for each switch, however many entries it left behind. */

import type { LogEvent, LogEventOf, Message } from "@switchboard/core";
import type { Thread } from "../desk/thread.ts";

export type Line = Exclude<LogEvent, Message>;

export type Item =
  | { type: "day"; key: string; at: string }
  | { type: "mark"; key: string; why: "new" | "missed"; count: number }
  | {
      type: "message";
      key: string;
      message: Message;
      /** The first of a run by one author on one channel. */
      first: boolean;
      /** Said on another channel than the message before it. */
      moved: boolean;
      /** Said to a window that nobody was looking at when the chat moved. */
      unseen: boolean;
      /** It did not arrive and was not said again since: the operator may send it again. */
      again: boolean;
      /** It was refused because only a template could be sent, and they have not written there since. */
      needsTemplate: boolean;
    }
  | {
      type: "line";
      key: string;
      line: Line;
      /** The same switch, put back at once. */
      back?: LogEventOf<"reverted">;
      /** What the switch sent first. */
      welcome?: Message;
      /** How the request of the operator ended. */
      closed?: LogEventOf<"invitation_closed">["why"];
      /** The switch took the chat up again: an operator reached who was away. */
      anew?: boolean;
    };

type LineItem = Extract<Item, { type: "line" }>;
type MessageItem = Extract<Item, { type: "message" }>;

/** Messages of one author closer together than this stand under one head. */
const RUN_MS = 5 * 60_000;

/** `here` is the leg that is active now; `views` are the channels that are windows on this log. */
export function items(thread: Thread, here: string | null, views: ReadonlySet<string>): Item[] {
  const { events } = thread.log;
  const facts = gather(events);
  const isUnseen = (message: Message) => views.has(message.channel) && message.leg !== here && wasNotSeen(message);
  const drawn: Item[] = [];
  const state = { day: "", last: undefined as Message | undefined, missed: thread.missedAfter, fresh: thread.newAfter };

  for (const event of events) {
    const item =
      event.kind === "message" ? messageItem(event, state.last, facts, isUnseen(event)) : lineItem(event, facts);
    if (!item || merged(drawn, item)) continue;
    const day = new Date(event.at).toDateString();
    if (day !== state.day) drawn.push({ type: "day", key: "day" + event.seq, at: event.at });
    const mark = markBefore(event, state, events);
    if (mark) drawn.push(mark);
    if (item.type === "message") {
      if (day !== state.day || mark) item.first = true;
      state.last = item.message;
    } else {
      state.last = state.last && { ...state.last, author: { kind: "system" } };
    }
    state.day = day;
    drawn.push(item);
  }
  return drawn;
}

interface Facts {
  /** Switches that have ended one way or another: their asking needs no line. */
  ended: Set<string>;
  /** Legs that a switch or the opening tells of already. */
  toldLegs: Set<string>;
  /** The welcome that a switch sent, by switch; and all of them. */
  welcomes: Map<string, Message>;
  attached: Set<number>;
  closed: Map<string, LogEventOf<"invitation_closed">["why"]>;
  /** Texts of operators, with the place of their last saying. */
  said: Map<string, number>;
  /** The visitor's last words, by leg. */
  heard: Map<string, number>;
  /** Addresses lost by an opt-out: the loss tells of it. */
  /** Switches that took the chat up again. */
  anew: Set<string>;
  /** Entries that another line tells of. */
  told: Set<number>;
}

function gather(events: readonly LogEvent[]): Facts {
  const facts: Facts = {
    ended: new Set(),
    toldLegs: new Set(),
    welcomes: new Map(),
    attached: new Set(),
    closed: new Map(),
    said: new Map(),
    heard: new Map(),
    anew: new Set(),
    told: new Set(),
  };
  gatherReconnects(events, facts);
  const asked = new Map<string, string>();
  for (const [i, event] of events.entries()) {
    if (event.kind === "switched" || event.kind === "switch_failed" || event.kind === "switch_cancelled") {
      facts.ended.add(event.switch);
    }
    if (event.kind === "switch_asked" || event.kind === "switched") facts.toldLegs.add(event.leg);
    if (event.kind === "switch_asked") asked.set(event.leg, event.switch);
    if (event.kind === "leg_opened" && facts.toldLegs.size === 0) facts.toldLegs.add(event.leg);
    if (event.kind === "invitation_closed") facts.closed.set(event.invitation, event.why);
    // The loss says it too.
    const before = events[i - 1];
    if (event.kind === "leg_lost" && before?.kind === "consent" && before.leg === event.leg) facts.told.add(before.seq);
    if (event.kind === "message" && event.author.kind === "visitor") facts.heard.set(event.leg, event.seq);
    if (event.kind === "message" && event.author.kind === "operator") facts.said.set(event.text, event.seq);
    if (event.kind === "message" && event.author.kind === "system") {
      const of = asked.get(event.leg);
      if (of && !facts.welcomes.has(of)) {
        facts.welcomes.set(of, event);
        facts.attached.add(event.seq);
      }
    }
  }
  return facts;
}

/** Reaching who is away takes the chat up again and gives it to who reached out: one line. A lead's chat is born resolved, which nobody did. */
function gatherReconnects(events: readonly LogEvent[], { anew, told }: Facts) {
  const first = events.findIndex(({ kind }) => kind !== "opened" && kind !== "leg_opened");
  if (events[0]?.kind === "opened" && events[first]?.kind === "resolved") told.add(events[first].seq);
  events.forEach((event, i) => {
    if (event.kind !== "switched" || event.by.kind !== "operator") return;
    const next = events[i + 1];
    const opens = next?.kind === "reopened";
    const assigns = opens ? events[i + 2] : next;
    const gives = assigns?.kind === "assigned" && assigns.operator?.id === event.by.id;
    if (!opens && !(gives && assigns.why === "reconnect")) return;
    anew.add(event.switch);
    if (opens) told.add(next.seq);
    if (gives) told.add(assigns.seq);
  });
}

function messageItem(message: Message, last: Message | undefined, facts: Facts, unseen: boolean): MessageItem | null {
  if (facts.attached.has(message.seq)) return null;
  const same =
    last?.author.kind === message.author.kind &&
    last.author.id === message.author.id &&
    last.channel === message.channel;
  const close = last !== undefined && Date.parse(message.at) - Date.parse(last.at) < RUN_MS;
  return {
    type: "message",
    key: "m" + message.seq,
    message,
    first: !same || !close,
    moved: last !== undefined && last.channel !== message.channel,
    unseen,
    again: (unseen || didNotArrive(message)) && facts.said.get(message.text) === message.seq,
    needsTemplate: wantsTemplate(message) && (facts.heard.get(message.leg) ?? 0) < message.seq,
  };
}

function didNotArrive({ author, delivery }: Message): boolean {
  return author.kind === "operator" && (delivery.state === "withdrawn" || delivery.state === "failed");
}

function wantsTemplate({ delivery: { state, reason } }: Message): boolean {
  return state === "failed" && (reason === "window_closed" || reason === "template");
}

/** As the server's `not_seen`, but told from the delivery, which also moves after the log was read. */
function wasNotSeen({ author, delivery }: Message): boolean {
  return author.kind === "operator" && (delivery.state === "sent" || delivery.state === "queued");
}

function lineItem(line: Line, facts: Facts): LineItem | null {
  if (facts.told.has(line.seq)) return null;
  const item: LineItem = { type: "line", key: "l" + line.seq, line };
  switch (line.kind) {
    case "switch_asked":
      return facts.ended.has(line.switch) ? null : { ...item, welcome: facts.welcomes.get(line.switch) };
    case "switched":
    case "switch_failed":
    case "switch_cancelled":
      return { ...item, welcome: facts.welcomes.get(line.switch), anew: facts.anew.has(line.switch) };
    case "leg_opened":
      return facts.toldLegs.has(line.leg) ? null : item;
    case "invited":
      return facts.closed.get(line.invitation) === "replaced"
        ? null
        : { ...item, closed: facts.closed.get(line.invitation) };
    case "proof":
      // An answer shows by itself that the phone has answered.
      return line.channel !== "web" && line.proof === "linked" ? item : null;
    case "consent":
    case "opened":
    case "reverted":
    case "leg_lost":
    case "assigned":
    case "resolved":
    case "reopened":
      return item;
    // The request says how it ended; and a word of a later version is nothing that we could tell.
    default:
      return null;
  }
}

/** A switch put back before anything was said is one line. */
function merged(drawn: readonly Item[], item: Item): boolean {
  if (item.type !== "line" || item.line.kind !== "reverted") return false;
  const before = [...drawn].reverse().find((one) => !isAboutAnAddress(one));
  if (before?.type !== "line") return false;
  if (before.line.kind !== "switched" || before.line.switch !== item.line.switch) return false;
  before.back = item.line;
  return true;
}

/** Who wrote from it has shown that it is theirs, and that it may be written to: nothing was said with that. */
function isAboutAnAddress(item: Item): boolean {
  return item.type === "line" && (item.line.kind === "proof" || item.line.kind === "consent");
}

/** What operators said is not news to this desk; it stands outside of the marks and is not counted. */
function markBefore(
  event: LogEvent,
  state: { missed: number | null; fresh: number | null },
  events: readonly LogEvent[],
): Item | null {
  if (event.kind === "message" && event.author.kind === "operator") return null;
  for (const [why, after] of [["missed", state.missed] as const, ["new", state.fresh] as const]) {
    if (after === null || event.seq <= after) continue;
    state.missed = state.fresh = null;
    const theirs = events.filter((one) => one.seq > after && one.kind === "message" && one.author.kind === "visitor");
    return { type: "mark", key: why + after, why, count: theirs.length };
  }
  return null;
}
