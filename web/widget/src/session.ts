/** The visitor's side of one widget: its state, and what can be done to it. What only a begun chat needs comes later. */

import type { Log } from "../../core/src/log.ts";
import { browserStore, openOutbox, type Draft, type Outbox } from "../../core/src/outbox.ts";
import { rest, type Rest } from "../../core/src/rest.ts";
import type { Link } from "../../core/src/socket.ts";
import type { Conversation, LeadAsk, WidgetConfig } from "../../core/src/types.ts";
import { openIdentity, type Identity } from "./identity.ts";
import type { FilesSide } from "./files/index.ts";
import type { LiveSide } from "./live/index.ts";
import type { Words } from "./words.ts";

/** A draft that the server has acknowledged and whose event has not come yet. */
export interface Acknowledged {
  draft: Draft;
  /** Where it stands in the log. */
  seq: number;
}

/** The number area is open for this channel. */
export interface Asking {
  channel: string;
  /** It was the operator who asked. */
  invitation?: string;
  /** Their own message first, where there is the choice. */
  byWriting?: boolean;
}

/** The lead form: being filled in, or sent. */
export interface Leaving {
  is: "open" | "sent";
  values: Readonly<Partial<Record<LeadAsk, string>>>;
}

export interface State {
  open: boolean;
  config?: WidgetConfig;
  /** The server does not know this widget key. */
  missing?: boolean;
  /** Of the line to the server; undefined until there is a chat. */
  link?: Link;
  conversation?: Conversation;
  log: Log;
  drafts: readonly Draft[];
  acknowledged: readonly Acknowledged[];
  /** What stands in the composer. */
  text: string;
  /** The operator who is writing. */
  typing?: string;
  asking?: Asking;
  /** What stands in the number area; kept while it is closed. */
  typed?: { text: string; code: string };
  /** The number that was typed on this page for a switch: the page may show it, whatever the server tells. */
  given?: { switch: string; address: string };
  /** What the visitor leaves when nobody is there. */
  lead?: Leaving;
  /** A command that was refused: a key of the catalogue's `failed_…`, and until when to wait. */
  failure?: { key: string; n?: number };
  /** The switch whose failure the visitor has put aside. */
  dismissed?: string;
  forgotten?: boolean;
  /** The browser does the work of a challenge. */
  checking?: boolean;
  live?: LiveSide;
  files?: FilesSide;
}

export interface Session {
  readonly state: State;
  readonly base: string;
  readonly widgetKey: string;
  readonly words: Words;
  readonly rest: Rest;
  readonly identity: Identity;
  readonly outbox: Outbox;
  /** Puts on a style sheet that came late, once. */
  readonly dress: (css: string) => void;
  set(more: Partial<State>): void;
  subscribe(listener: () => void): void;
  /** Fetches what a begun chat needs, once. */
  live(): Promise<LiveSide>;
  /** Fetches what files need, once. */
  files(): Promise<FilesSide>;
  /** Says a text, and the files of the tray with it; false when the outbox is full. */
  say(text: string): boolean;
  /** Back to a widget that nobody has written in. */
  reset(more?: Partial<State>): void;
}

export interface SessionOptions {
  base: string;
  widgetKey: string;
  words: Words;
  dress: (css: string) => void;
}

const blank = () => ({ log: { events: [], cursor: 0 }, acknowledged: [] });

export function openSession({ base, widgetKey, words, dress }: SessionOptions): Session {
  const store = browserStore();
  const listeners = new Set<() => void>();

  const identity = openIdentity(widgetKey, store, () => {
    if (identity.token) void session.live().then((live) => live.resume());
    else if (session.state.conversation) session.reset();
    session.set({});
  });

  const outbox = openOutbox({
    key: widgetKey,
    store,
    send: async (draft, keep) => {
      try {
        return await (await session.live()).post(draft, keep);
      } catch {
        return { status: 0, body: null };
      }
    },
    onChange: () => session.set({ drafts: outbox.drafts() }),
  });

  let state: State = { ...blank(), open: false, text: "", drafts: outbox.drafts() };

  const session: Session = {
    get state() {
      return state;
    },
    base,
    widgetKey,
    words,
    identity,
    outbox,
    dress,
    rest: rest(base, () => identity.token),
    set(more) {
      state = { ...state, ...more };
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener) => void listeners.add(listener),
    live: once(async () => {
      const [{ goLive }, entries] = await Promise.all([
        import("./live/index.ts"),
        import("./live/Entries.tsx"),
        words.learn("live"),
      ]);
      const live = goLive(session, entries);
      session.set({ live });
      return live;
    }),
    files: once(async () => {
      const [{ openFiles }] = await Promise.all([import("./files/index.ts"), words.learn("files")]);
      const files = await openFiles(session, store);
      session.set({ files });
      return files;
    }),
    say: (text) => !!outbox.add(text, undefined, state.files?.tray.take),
    reset(more) {
      identity.forget();
      state.live?.end();
      session.set({
        ...blank(),
        link: undefined,
        conversation: undefined,
        typing: undefined,
        asking: undefined,
        typed: undefined,
        given: undefined,
        lead: undefined,
        failure: undefined,
        ...more,
      });
    },
  };

  if (identity.token) void session.live().then((live) => live.resume());
  return session;
}

/** Fetches something once; what did not come is asked for again. */
function once<T>(fetch: () => Promise<T>): () => Promise<T> {
  let fetched: Promise<T> | undefined;
  return () =>
    (fetched ??= fetch().catch((error) => {
      fetched = undefined;
      throw error;
    }));
}

/** What came and was not seen in any tab of this browser. */
export function unread({ log }: State, read: number): number {
  return log.events.filter(
    (event) =>
      event.seq > read &&
      (event.kind === "invited" || (event.kind === "message" && /operator|bot/.test(event.author.kind))),
  ).length;
}
