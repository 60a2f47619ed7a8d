/** What the page knows, and how each piece of news changes it. */

import { NO_FAULTS, type Contact, type Faults, type Message, type PhoneInUse } from "./network.ts";

export interface State {
  /** The phone in hand. */
  number: string;
  messages: readonly Message[];
  /** What came since the messages were last asked for: the answer may not have it yet. */
  fresh: readonly Message[];
  loaded: boolean;
  /** The number whose thread is open; null: the list of threads. */
  open: string | null;
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
  | { kind: "time"; ahead: number }
  | { kind: "online"; online: boolean };

export function start(number: string): State {
  return {
    number,
    messages: [],
    fresh: [],
    loaded: false,
    open: null,
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
  const open = state.open ?? (all.length === 1 ? all[0]!.number : null);
  const seen = Object.fromEntries(all.map((thread) => [thread.number, thread.last.id]));
  return { ...state, messages: known, loaded: true, open, seen };
}

function arrived(state: State, phone: string, message: Message): State {
  if (phone !== state.number) return state;
  const isNew = !state.messages.some((known) => known.id === message.id);
  const messages = put(state.messages, message);
  const first = messages.every((known) => other(known) === other(message));
  const open = state.open ?? (first ? other(message) : null);
  const buzz = state.buzz + (isNew && message.direction === "in" ? 1 : 0);
  return markSeen({ ...state, messages, fresh: put(state.fresh, message), open, buzz });
}

function markSeen(state: State): State {
  const { open, messages, seen } = state;
  const last = messages.filter((message) => other(message) === open).at(-1);
  return open && last ? { ...state, seen: { ...seen, [open]: last.id } } : state;
}

/** Adds a message or brings it up to date. What is settled never reads as being sent again. */
function put(messages: readonly Message[], message: Message): readonly Message[] {
  if (!messages.some((known) => known.id === message.id)) {
    return [...messages, message].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }
  if (message.status === "sending") return messages;
  return messages.map((known) => (known.id === message.id ? message : known));
}

/** Ids of one network sort in its order, behind their two letters. */
const place = (message: Message) => message.id.slice(2);

/** Who is at the other end. */
export function other(message: Message): string {
  return message.direction === "in" ? message.from : message.to;
}

export interface Thread {
  number: string;
  last: Message;
  unread: boolean;
}

/** The threads of the phone, the latest first. */
export function threads(messages: readonly Message[], seen: State["seen"] = {}): Thread[] {
  const latest = new Map<string, Message>();
  for (const message of messages) {
    latest.delete(other(message));
    latest.set(other(message), message);
  }
  return [...latest]
    .map(([number, last]) => ({ number, last, unread: last.direction === "in" && seen[number] !== last.id }))
    .reverse();
}

/** The name that the network knows for a number. */
export function nameOf(contacts: readonly Contact[], number: string): string | undefined {
  return contacts.find((contact) => contact.number === number)?.name ?? undefined;
}

/** Whether the network does anything badly. */
export function isFaulty(faults: Faults): boolean {
  return Object.values(faults).some(Boolean);
}

/** With deliveries failing, the phones have no signal. */
export function hasSignal(faults: Faults): boolean {
  return !faults.undeliverable;
}
