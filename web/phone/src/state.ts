/** What the page knows, and how each piece of news changes it. */

import {
  NO_FAULTS,
  type Channel,
  type Contact,
  type Faults,
  type Message,
  type PhoneInUse,
  type Typing,
} from "./network.ts";

export interface State {
  /** The phone in hand. */
  number: string;
  messages: readonly Message[];
  /** What came since the messages were last asked for: the answer may not have it yet. */
  fresh: readonly Message[];
  loaded: boolean;
  /** The thread that is open; null: the list of threads. */
  open: string | null;
  /** Which number types, and until when. */
  typing: Typing | null;
  /** The last message that was seen in each thread. */
  seen: Readonly<Record<string, string>>;
  phones: readonly PhoneInUse[];
  contacts: readonly Contact[];
  faults: Faults;
  /** How far the network's clock is ahead of this device's, in milliseconds. */
  ahead: number;
  online: boolean;
  /** Counts up with each message that comes in: the phone buzzes. */
  buzz: number;
}

export type News =
  | { kind: "picked_up"; number: string }
  | { kind: "asked" }
  | { kind: "messages"; number: string; messages: Message[] }
  | { kind: "message"; phone: string; message: Message }
  | { kind: "opened"; thread: string | null }
  | { kind: "phones"; phones: PhoneInUse[] }
  | { kind: "contacts"; contacts: Contact[] }
  | { kind: "faults"; faults: Faults }
  | { kind: "typing"; typing: Typing }
  | { kind: "time"; ahead: number }
  | { kind: "online"; online: boolean };

export function start(number: string): State {
  return {
    number,
    messages: [],
    fresh: [],
    loaded: false,
    open: null,
    typing: null,
    seen: {},
    phones: [],
    contacts: [],
    faults: NO_FAULTS,
    ahead: 0,
    online: true,
    buzz: 0,
  };
}

export function heard(state: State, news: News): State {
  switch (news.kind) {
    case "picked_up":
      return { ...state, number: news.number, messages: [], fresh: [], loaded: false, open: null, seen: {} };
    case "asked":
      return { ...state, fresh: [] };
    case "messages":
      return news.number === state.number ? loaded(state, news.messages) : state;
    case "message":
      return arrived(state, news.phone, news.message);
    case "opened":
      return markSeen({ ...state, open: news.thread });
    case "phones":
      return { ...state, phones: news.phones };
    case "contacts":
      return { ...state, contacts: news.contacts };
    case "faults":
      return { ...state, faults: news.faults };
    case "typing":
      return news.typing.phone === state.number ? { ...state, typing: news.typing } : state;
    case "time":
      return { ...state, ahead: news.ahead };
    case "online":
      return { ...state, online: news.online };
  }
}

/** A phone with one thread shows it; what was there when it was picked up counts as seen. */
function loaded(state: State, messages: Message[]): State {
  const known = state.fresh.reduce(put, messages as readonly Message[]);
  const all = threads(known);
  if (state.loaded) return markSeen({ ...state, messages: known });
  const open = state.open ?? (all.length === 1 ? all[0]!.key : null);
  const seen = Object.fromEntries(all.map((thread) => [thread.key, thread.last.id]));
  return { ...state, messages: known, loaded: true, open, seen };
}

function arrived(state: State, phone: string, message: Message): State {
  if (phone !== state.number) return state;
  const isNew = !state.messages.some((known) => known.id === message.id);
  const messages = put(state.messages, message);
  const first = messages.every((known) => other(known) === other(message));
  const open = state.open ?? (first ? other(message) : null);
  const buzz = state.buzz + (isNew && message.direction === "in" ? 1 : 0);
  // What was being typed is there.
  const typing = message.direction === "in" && state.typing?.from === message.from ? null : state.typing;
  return markSeen({ ...state, messages, fresh: put(state.fresh, message), open, buzz, typing });
}

function markSeen(state: State): State {
  const { open, messages, seen } = state;
  const last = messages.filter((message) => other(message) === open).at(-1);
  return open && last ? { ...state, seen: { ...seen, [open]: last.id } } : state;
}

/** How far a message is. What is settled never reads as being sent again. */
const RANK = { sending: 0, received: 1, failed: 1, delivered: 2, read: 3 };

/** Adds a message or brings it up to date. */
function put(messages: readonly Message[], message: Message): readonly Message[] {
  const known = messages.find((known) => known.id === message.id);
  if (!known) return [...messages, message].sort((a, b) => a.seq - b.seq);
  if (RANK[message.status] < RANK[known.status]) return messages;
  return messages.map((known) => (known.id === message.id ? message : known));
}

/** Who is at the other end, and how: one thread for each number on each channel. */
export function other(message: Message): string {
  return keyOf(message.channel, message.direction === "in" ? message.from : message.to);
}

export function keyOf(channel: Channel, number: string): string {
  return `${channel} ${number}`;
}

/** The channel and number of a thread. */
export function partsOf(key: string): { channel: Channel; number: string } {
  const [channel, number] = key.split(" ") as [Channel, string];
  return { channel, number };
}

export interface Thread {
  key: string;
  channel: Channel;
  number: string;
  last: Message;
  unread: boolean;
}

/** The threads of the phone, the latest first. A reaction belongs to a message and is none of its own. */
export function threads(messages: readonly Message[], seen: State["seen"] = {}): Thread[] {
  const latest = new Map<string, Message>();
  for (const message of messages) {
    if (message.reaction) continue;
    latest.delete(other(message));
    latest.set(other(message), message);
  }
  return [...latest]
    .map(([key, last]) => ({
      key,
      ...partsOf(key),
      last,
      unread: last.direction === "in" && seen[key] !== last.id,
    }))
    .reverse();
}

/** What a list says of a message. */
export function summary({ text, media, location }: Message): string {
  if (text) return text;
  if (location) return location.name ?? "Location";
  const type = media[0]?.content_type ?? "";
  if (type.startsWith("image/")) return "Picture";
  if (type.startsWith("audio/")) return "Voice message";
  if (type.startsWith("video/")) return "Video";
  return media[0]?.name ?? "File";
}

/** The name that the network knows for who is at the other end of a thread. */
export function nameOf(contacts: readonly Contact[], thread: string): string | undefined {
  return contacts.find((contact) => keyOf(contact.channel, contact.number) === thread)?.name ?? undefined;
}

/** Whether the network does anything badly. */
export function isFaulty(faults: Faults): boolean {
  return Object.values(faults).some(Boolean);
}

/** With deliveries failing, the phones have no signal. */
export function hasSignal(faults: Faults): boolean {
  return !faults.undeliverable;
}
